"""Prism stands between the client and the sandbox: it checks both and knows neither."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from attrs import evolve
from countermand_clients.pace_pay.api.transactions import get_transaction
from countermand_clients.unzer.api.payments import (
    cancel_payment,
    get_authorization,
    get_authorization_cancellation,
    get_payment,
    get_payment_cancellation,
)
from countermand_clients.unzer.models import CancellationForm

from countermand import (
    FULL,
    AlreadyCaptured,
    Client,
    Declined,
    Evidence,
    Forbidden,
    ManualCancellationRequired,
    MissingLinkedIdentity,
    NotCancelled,
    NotFound,
    Outcome,
    OutcomeUnknown,
    Policy,
    RateLimited,
    Unauthenticated,
    unzer,
    vtex,
)
from countermand.sandbox import FaultProxy, faults
from countermand.sandbox.simulators import BASE_PATHS
from tests.faults.trace import cancellation_of
from tests.publishing.external_tools import prism

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from countermand.sandbox import Sandbox

ONCE: Final = Policy(attempts=1)


@pytest.fixture(scope="module")
def upstream(sandbox: Sandbox) -> Iterator[FaultProxy]:
    """What stands behind Prism: the sandbox, with a wire that can be made to lie."""
    with FaultProxy(sandbox.url) as running:
        yield running


@pytest.fixture(scope="module")
def proxies(
    upstream: FaultProxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, prism.PrismProxy]]:
    """One Prism for each specification."""
    folder = tmp_path_factory.mktemp("prism")
    with prism.proxies(BASE_PATHS, upstream, folder) as running:
        yield running


def order(api: str, payment: Any) -> Any:
    """Return a cancel of a payment, with an amount where the API takes one."""
    if api == "vtex":
        return vtex.Cancellation(payment.payment_id, payment.authorization_id)
    return cancellation_of(api, payment, Decimal("10.00") if api == "unzer" else 500)


def outcome(client: Client, cancellation: Any, **options: Any) -> Any:
    """Return how a cancel ends: the outcome, or the class of the error."""
    try:
        return client.cancel(cancellation, **options).outcome
    except (NotCancelled, OutcomeUnknown) as error:
        return type(error)


@pytest.mark.parametrize(
    ("api", "settings", "captured", "expected"),
    [
        ("pace_pay", {}, False, Outcome.CANCELLED),
        ("pace_pay", {}, True, Forbidden),
        ("pace_fueling", {}, False, Outcome.CANCELLED),
        ("pace_fueling", {}, True, Forbidden),
        ("pace_fueling", {"kind": "unattended"}, True, NotFound),
        ("bento", {}, False, Outcome.CANCELLED),
        ("bento", {"captured": True}, False, Outcome.ACCEPTED),
        ("bento", {"decline": "in-4xx"}, False, Declined),
        ("bento", {"decline": "in-202"}, False, Declined),
        ("bento", {"too_many_requests": 1, "retry_after": "90"}, False, RateLimited),
        ("unzer", {}, False, Outcome.CANCELLED),
        ("unzer", {"flags": "pending", "success_status": 201}, False, Outcome.ACCEPTED),
        ("unzer", {}, True, AlreadyCaptured),
        ("unzer", {"errors_in_200": True}, True, AlreadyCaptured),
        ("vtex", {}, False, Outcome.CANCELLED),
        ("vtex", {}, True, Declined),
        # Not 501: Prism takes that for "not implemented", and answers with an example of its own.
        ("vtex", {"manual_status": 200}, False, ManualCancellationRequired),
    ],
)
def test_prism_finds_nothing_wrong_with_a_cancel_nor_with_its_answer(
    sandbox: Sandbox,
    proxies: Mapping[str, prism.PrismProxy],
    api: str,
    settings: dict[str, Any],
    captured: bool,  # noqa: FBT001 - a column of the table above
    expected: Any,
) -> None:
    """It passes each request on, once, and the very verdict of the provider comes back."""
    payment = sandbox.create_payment(api, **settings)
    if captured:
        sandbox.capture(payment)
    before = len(cancels(sandbox, api))
    account: Any = sandbox.account(api, proxies[api].base_url)
    if "too_many_requests" in settings:
        # Otherwise the read before the cancel is the one too many.
        account = evolve(account, read=False)
    with Client(account, policy=ONCE) as client:
        assert outcome(client, order(api, payment)) is expected
    assert len(cancels(sandbox, api)) == before + 1


def cancels(sandbox: Sandbox, api: str) -> list[Any]:
    """The requests that are no reads: a refusal about the payment's state gets a look."""
    return [request for request in sandbox.requests(api) if request.method != "GET"]


def test_prism_lets_a_refused_token_and_a_missing_identity_through(
    sandbox: Sandbox, proxies: Mapping[str, prism.PrismProxy]
) -> None:
    """Both forms of PACE's 401."""
    base, payment = proxies["pace_pay"].base_url, sandbox.create_payment("pace_pay")
    refused = {
        sandbox.issue_token(expired=True): Unauthenticated,
        sandbox.issue_token("checked", linked=False): MissingLinkedIdentity,
    }
    for token, expected in refused.items():
        with Client(sandbox.account("pace_pay", base, token=token), policy=ONCE) as client:
            assert outcome(client, order("pace_pay", payment)) is expected


def test_prism_finds_nothing_wrong_with_a_repeat(
    sandbox: Sandbox, proxies: Mapping[str, prism.PrismProxy]
) -> None:
    """The second answers of PACE Pay, and VTEX's stored one."""
    for api in ("pace_pay", "vtex"):
        payment = sandbox.create_payment(api)
        for _ in range(2):
            with Client(sandbox.account(api, proxies[api].base_url), policy=ONCE) as client:
                key = f"checked-{api}"
                assert outcome(client, order(api, payment), key=key) is Outcome.CANCELLED


def test_prism_finds_nothing_wrong_with_the_reads(
    sandbox: Sandbox, proxies: Mapping[str, prism.PrismProxy]
) -> None:
    """What became of it, at the two providers that tell."""
    payment = sandbox.create_payment("unzer")
    with Client(sandbox.account("unzer", proxies["unzer"].base_url), policy=ONCE) as client:
        name, authorization = payment.payment_id, payment.authorization_id
        form = CancellationForm(amount="1.00")
        assert client.execute(cancel_payment.call(name, body=form)).status == 200
        rest = unzer.Cancellation(name, authorization_id=authorization, amount=FULL)
        assert outcome(client, rest) is Outcome.CANCELLED
        calls: tuple[Any, ...] = (
            get_payment.call(name),
            get_authorization.call(name, authorization),
            get_payment_cancellation.call(name, "s-cnl-1"),
            get_authorization_cancellation.call(name, authorization, "s-cnl-1"),
        )
        for call in calls:
            answer = client.execute(call)
            assert (answer.status, answer.parsed is not None) == (200, True)


def test_prism_finds_nothing_wrong_with_what_pace_shows_of_a_transaction(
    sandbox: Sandbox, proxies: Mapping[str, prism.PrismProxy]
) -> None:
    """200 where it was captured, 410 where it was cancelled."""
    captured, cancelled = (sandbox.create_payment("pace_pay") for _ in range(2))
    sandbox.capture(captured)
    with Client(sandbox.account("pace_pay", proxies["pace_pay"].base_url), policy=ONCE) as client:
        assert client.execute(get_transaction.call(captured.transaction_id)).status == 200
        client.cancel(order("pace_pay", cancelled))
        with pytest.raises(Declined) as refused:
            client.execute(get_transaction.call(cancelled.transaction_id))
    assert refused.value.status == 410


@pytest.mark.parametrize(
    ("api", "body", "expected"),
    [
        ("bento", b'{"data": {"state": 7}}', Evidence.READ_BACK),
        ("unzer", b'{"isSuccess": "true"}', Evidence.READ_BACK),
        ("vtex", b'{"cancellationId": "C"}', OutcomeUnknown),
    ],
)
def test_an_answer_that_breaks_the_specification_does_not_pass(
    sandbox: Sandbox,
    upstream: FaultProxy,
    proxies: Mapping[str, prism.PrismProxy],
    api: str,
    body: bytes,
    expected: Any,
) -> None:
    """Prism can go red: its 500 comes in the place of the answer, and the client looks or asks."""
    payment = sandbox.create_payment(api)
    upstream.script(*[faults.PASS] * (api == "bento"), faults.Rewrite(body=body))
    with Client(sandbox.account(api, proxies[api].base_url), policy=ONCE) as client:
        try:
            seen: Any = client.cancel(order(api, payment)).evidence
        except OutcomeUnknown as unknown:
            seen = type(unknown)
    assert seen is expected
    assert len(sandbox.executions(payment=payment)) == 1


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, {"requestId": "R"}, 401),
        ({"X-VTEX-API-AppKey": "k", "X-VTEX-API-AppToken": "t"}, {"requestId": "R"}, 422),
    ],
)
def test_a_request_that_breaks_the_specification_does_not_pass(
    sandbox: Sandbox,
    proxies: Mapping[str, prism.PrismProxy],
    headers: dict[str, str],
    body: dict[str, str],
    status: int,
) -> None:
    """Nothing arrives at the provider."""
    before = len(sandbox.requests("vtex"))
    url = f"{proxies['vtex'].base_url}/payments/P/cancellations"
    answer = httpx.post(url, headers=headers, json=body, trust_env=False)
    assert (answer.status_code, prism.SELF in answer.text) == (status, True)
    assert len(sandbox.requests("vtex")) == before
