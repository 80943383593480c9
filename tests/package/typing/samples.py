"""How callers use the package, as mypy and pyright see it; checked and never run."""

import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

import httpx
from countermand_clients.operation import Call
from countermand_clients.pace_pay.api.transactions import get_transaction
from countermand_clients.pace_pay.models import ErrorDocument as PayErrorDocument
from countermand_clients.pace_pay.models import TransactionDocument
from countermand_clients.unzer.api.payments import cancel_payment, get_payment
from countermand_clients.unzer.models import (
    Cancellation,
    CancellationForm,
    CancellationRequest,
    ErrorResponse,
    Payment,
)

from countermand import (
    FULL,
    Advice,
    AsyncClient,
    Attempt,
    Backoff,
    Budget,
    CancelRequest,
    CancelResult,
    Client,
    CountermandError,
    Declined,
    Evidence,
    InvalidCancellation,
    Ledger,
    LinkChallenge,
    LinkHandler,
    ManualCancellationRequired,
    Misdirected,
    MissingLinkedIdentity,
    NotCancelled,
    Outcome,
    OutcomeUnknown,
    Policy,
    RateLimited,
    RawResponse,
    Receipt,
    Response,
    Sent,
    Unauthenticated,
    Unresolved,
    bento,
    events,
    pace_fueling,
    pace_pay,
    unzer,
    vtex,
)
from countermand.sandbox import (
    Execution,
    FaultProxy,
    PacePayment,
    ProxiedRequest,
    Sandbox,
    UnzerPayment,
    faults,
)

PAYMENT = "s-pay-1"
UUID = "c3f037ea-492e-4033-9b4b-4efc7beca16c"


def a_receipt_is_typed(account: unzer.Account) -> None:
    """Every field of a receipt has a type that one can go on with."""
    with Client(account) as client:
        assert_type(client, Client)
        receipt = client.cancel(unzer.Cancellation(PAYMENT, amount=Decimal("10.00")), key="order-1")
    assert_type(receipt, Receipt)
    assert_type(receipt.outcome, Outcome)
    assert_type(receipt.key, str)
    assert_type(receipt.reference, str | None)
    assert_type(receipt.evidence, Evidence)
    assert_type(receipt.attempts, tuple[Attempt, ...])
    assert_type(receipt.raw, RawResponse | None)
    assert_type(receipt.response, Any)


def attempts_are_a_tuple(attempts: tuple[Attempt, ...]) -> bool:
    """Iterates, indexes and has a length."""
    for attempt in attempts:
        assert_type(attempt, Attempt)
        assert_type(attempt.sent, Sent)
        assert_type(attempt.status, int | None)
        assert_type(attempt.problem, str | None)
    assert_type(attempts[-1], Attempt)
    return len(attempts) <= Policy().attempts


def amounts_are_exact(account: unzer.Account) -> None:
    """Decimal, int and FULL are taken; the checker refuses float, text and nothing at all."""
    unzer.Cancellation(PAYMENT, amount=FULL)
    unzer.Cancellation(PAYMENT, "s-aut-1", amount=10)
    bento.Cancellation("or_1", "tx_1", refund_amount=500)
    bento.Cancellation("or_1", "tx_1", refund_amount=FULL)
    unzer.Cancellation(PAYMENT, amount=10.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    unzer.Cancellation(PAYMENT, amount="10.00")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    unzer.Cancellation(PAYMENT)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    unzer.Cancellation(PAYMENT, None, Decimal(10))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    bento.Cancellation("or_1", "tx_1", refund_amount=Decimal(5))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client(account).cancel(PAYMENT)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def cancellations_can_be_stored(cancellation: unzer.Cancellation) -> None:
    """To JSON-ready values and back, as the same class."""
    stored = cancellation.to_dict()
    assert_type(stored, dict[str, Any])
    assert_type(unzer.Cancellation.from_dict(stored), unzer.Cancellation)
    assert_type(cancellation.fingerprint, str)


def a_client_takes_any_accounts() -> Client:
    """All five providers, the options of httpx, and time and chance as arguments."""

    def no_sleep(seconds: float) -> None:
        del seconds

    return Client(
        pace_pay.Account("token"),
        pace_fueling.Account(lambda user: f"token of {user}"),
        bento.Account("token", "https://gateway.example"),
        unzer.Account(private_key="s-priv-1", base_url="https://sbx-api.unzer.com/v1"),
        vtex.Account("https://provider.example", "key", "token", provider_headers=True),
        policy=Policy(
            attempts=3,
            deadline=20,
            attempt_timeout=5.0,
            backoff=Backoff(first=0.1, factor=3, cap=2),
            budget=Budget(reserve=5, per_call=0.2),
        ),
        transport=httpx.HTTPTransport(retries=0),
        proxy="http://proxy.example:3128",
        verify=ssl.create_default_context(),
        cert=("client.pem", "client.key"),
        trust_env=False,
        clock=lambda: 0.0,
        sleep=no_sleep,
        random=lambda: 0.5,
    )


def limits_are_checked_by_name() -> Policy:
    """None stands for no budget; a misspelt limit is refused."""
    Policy(atempts=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    return Policy(budget=None)


def blocking_callables() -> Client:
    """Plain functions for tokens and for linking."""

    def token(user: str | None) -> str:
        return f"token of {user}"

    def link(challenge: LinkChallenge) -> str | None:
        assert_type(challenge.api, str)
        assert_type(challenge.user, str | None)
        assert_type(challenge.key, str | None)
        assert_type(challenge.problem, Mapping[str, Any])
        return None

    return Client(pace_pay.Account(token), link_identity=link)


def asynchronous_callables() -> AsyncClient:
    """Coroutine functions for both."""

    async def token(user: str | None) -> str:
        return f"token of {user}"

    async def link(challenge: LinkChallenge) -> None:
        del challenge

    return AsyncClient(pace_pay.Account(token), link_identity=link)


async def the_asynchronous_client_is_the_same_with_await(account: pace_fueling.Account) -> Receipt:
    """Same names, same arguments, same results."""
    async with AsyncClient(account, transport=httpx.AsyncHTTPTransport()) as client:
        assert_type(client, AsyncClient)
        cancellation = pace_fueling.Cancellation(gas_station_id=UUID, transaction_id=UUID)
        receipt = await client.cancel(cancellation, user="u-42", account=account, deadline=5)
        assert_type(receipt, Receipt)
        answer = await client.execute(get_payment.call(PAYMENT), user="u-42")
        assert_type(answer, Response[ErrorResponse | Payment | None])
        return receipt


async def many_cancels(client: AsyncClient, requests: AsyncIterator[CancelRequest]) -> None:
    """From either kind of iterable; each result has a receipt or an error."""
    async for result in client.cancel_many(requests, concurrency=10, rate=5):
        assert_type(result, CancelResult)
        assert_type(result.receipt, Receipt | None)
        assert_type(result.error, CountermandError | None)
    order = CancelRequest(unzer.Cancellation(PAYMENT, amount=FULL), "order-1", user="ada")
    results = client.cancel_many([order])
    await results.aclose()
    client.cancel_many(["s-pay-1"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def events_are_told_apart(account: unzer.Account) -> Client:
    """By their classes; a listener may return anything."""
    seen: list[events.Event] = []

    def on_event(event: events.Event) -> None:
        match event:
            case events.AttemptEnded() | events.ReadEnded():
                assert_type(event.status, int | None)
            case events.CallEnded():
                assert_type(event.outcome, events.CallOutcome)
                assert_type(event.advice, Advice | None)
            case _:
                assert_type(event.key, str | None)

    Client(account, on_event=seen.append)
    return Client(account, on_event=on_event)


def errors_carry_their_facts(client: Client, cancellation: vtex.Cancellation) -> str | None:
    """Each class has what its handler needs, and the base has the rest."""
    try:
        client.cancel(cancellation)
    except MissingLinkedIdentity as error:
        assert_type(error.user, str | None)
        assert_type(error.problem, Mapping[str, Any])
        return error.action
    except RateLimited as error:
        assert_type(error.retry_after, float | None)
    except ManualCancellationRequired as error:
        assert_type(error.code, str | None)
    except Declined as error:
        assert_type(error.reason, str | None)
    except Misdirected as error:
        assert_type(error.location, str | None)
    except OutcomeUnknown as error:
        assert_type(error.advice, Advice)
        return error.next_step if error.advice is Advice.READ else None
    except CountermandError as error:
        assert_type(error.key, str | None)
        assert_type(error.attempts, tuple[Attempt, ...])
        assert_type(error.status, int | None)
        assert_type(error.raw, RawResponse | None)
    return None


def the_tree_has_its_forks(
    invalid: InvalidCancellation, missing: MissingLinkedIdentity, manual: ManualCancellationRequired
) -> tuple[ValueError, Unauthenticated, Declined, NotCancelled]:
    """What is caught by a base class is what the tree promises."""
    return invalid, missing, manual, invalid


def execute_returns_what_the_operation_returns(client: Client) -> None:
    """The type of the answer follows from the call."""
    read = client.execute(get_payment.call(PAYMENT))
    assert_type(read, Response[ErrorResponse | Payment | None])
    assert_type(read.parsed, ErrorResponse | Payment | None)
    assert_type(read.status, int)
    assert_type(read.attempts, tuple[Attempt, ...])
    assert_type(read.raw, RawResponse)
    if isinstance(read.parsed, Payment):
        assert_type(read.parsed.to_dict(), dict[str, Any])
    done = client.execute(cancel_payment.call(PAYMENT, body=CancellationRequest(amount="10.00")))
    assert_type(done, Response[Cancellation | ErrorResponse | None])
    transaction = client.execute(get_transaction.call(UUID), user="u-42", deadline=3.0)
    assert_type(transaction, Response[PayErrorDocument | TransactionDocument | None])


def a_call_is_a_value() -> bytes | None:
    """The generated seam works without any client."""
    call = cancel_payment.call(PAYMENT, body=CancellationForm(amount="10.00"))
    assert_type(call, Call[Cancellation | ErrorResponse | None])
    assert_type(call.path, str)
    assert_type(call.parse(200, {}), Cancellation | ErrorResponse | None)
    assert_type(call.operation.repeat.answer, str)
    return call.content


def the_sandbox_is_typed() -> None:
    """A payment has the ids of its provider."""
    with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        payment = sandbox.create_payment("unzer", amount="100.00")
        assert_type(payment, UnzerPayment)
        assert_type(sandbox.create_payment("pace_pay"), PacePayment)
        proxy.script(faults.RESET_AFTER, faults.error_page(502, executed=True))
        with Client(sandbox.account("unzer", proxy.base_url("unzer"))) as client:
            client.cancel(unzer.Cancellation(payment.payment_id, amount=FULL))
        assert_type(sandbox.executions("unzer", payment), tuple[Execution, ...])
        assert_type(proxy.requests, tuple[ProxiedRequest, ...])


def names_of_the_ledger(path: Path, handler: LinkHandler) -> None:
    """Ledger and handler have their types at the top of the package."""
    with Ledger(path) as ledger:
        assert_type(ledger.unresolved(), Iterator[Unresolved])
        Client(ledger=ledger, link_identity=handler).close()


def as_json(receipt: Receipt, error: CountermandError) -> None:
    """Both are objects of JSON."""
    assert_type(receipt.to_dict(), dict[str, Any])
    assert_type(error.to_dict(), dict[str, Any])
