"""A provider of another team, built on `countermand_models.vtex`, passes the VTEX scenarios."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from socket import create_connection, create_server
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand import Client, Declined, Unauthenticated, vtex
from countermand.sandbox import FaultProxy
from tests.faults import test_faults, test_providers
from tests.publishing.consumers import other_provider
from tests.publishing.consumers.other_provider import APP_KEY, APP_TOKEN, OtherProvider
from tests.publishing.external_tools.fuzzing import schemathesis_run
from tests.support.flavours import FLAVOURS, Flavour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCENES = [scene for scene in test_providers.SCENES if scene.api == "vtex"]
KEYS = {"X-VTEX-API-AppKey": APP_KEY, "X-VTEX-API-AppToken": APP_TOKEN}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's files."""
    made = tmp_path_factory.mktemp("vtex-provider")
    other_provider.extract(made)
    return made


@pytest.fixture(scope="session")
def provider(folder: Path) -> Iterator[OtherProvider]:
    """The page's provider, as it is configured by default."""
    with other_provider.serving(other_provider.load(folder), manual_status=501) as running:
        yield running


@pytest.fixture(scope="session")
def lenient(folder: Path) -> Iterator[OtherProvider]:
    """The page's provider, answering `cancel-manually` with 200."""
    with other_provider.serving(other_provider.load(folder), manual_status=200) as running:
        yield running


def ask(provider: OtherProvider, payment_id: str, **changes: Any) -> httpx.Response:
    """Send a cancel as VTEX's gateway would, with changes to what is sent."""
    body = {"paymentId": payment_id, "requestId": "R-1"} | changes.pop("body", {})
    options = {"json": body, "headers": KEYS} | changes
    url = f"{provider.url}/vtex/payments/{payment_id}/cancellations"
    with httpx.Client(trust_env=False) as client:
        return client.post(url, **options)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.id)
def test_a_scenario_ends_as_at_the_sandbox(
    provider: OtherProvider,
    lenient: OtherProvider,
    scene: test_providers.Scene,
    flavour: Flavour,
) -> None:
    """Every scene of the VTEX provider: verdict, attempts, executions and requests."""
    place: Any = lenient if scene.settings.get("manual_status") == 200 else provider
    with FaultProxy(place.url) as proxy:
        test_providers.test_a_scenario_ends_as_the_provider_documents(place, proxy, scene, flavour)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("case", test_faults.CASES, ids=lambda case: case.id)
def test_a_fault_ends_as_at_the_sandbox(
    provider: Any, case: test_faults.Case, flavour: Flavour
) -> None:
    """Every fault of the network at the first attempt: executed at most once, true outcome."""
    with FaultProxy(provider.url) as proxy:
        test_faults.test_a_fault_at_the_first_attempt_ends_as_the_facts_demand(
            provider, proxy, case, "vtex", flavour
        )


def test_a_repeat_gets_the_first_answer_byte_for_byte(provider: OtherProvider) -> None:
    """The same requestId, the same cancellationId; money moves once."""
    payment = provider.create_payment("vtex")
    first, second = (ask(provider, payment.payment_id) for _ in range(2))
    assert first.json()["cancellationId"]
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert len(provider.executions(payment=payment)) == 1


def test_twenty_repeats_at_once_are_one_cancel(
    provider: OtherProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeat waits for the first answer."""
    payment = provider.create_payment("vtex")
    answers: list[bytes] = []
    real = provider.bank.cancel

    def slowly(payment_id: str) -> None:
        time.sleep(0.05)
        real(payment_id)

    monkeypatch.setattr(provider.bank, "cancel", slowly)

    def repeat() -> None:
        answers.append(ask(provider, payment.payment_id).content)

    threads = [threading.Thread(target=repeat) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers))) == (20, 1)
    assert len(provider.executions(payment=payment)) == 1


def test_an_unknown_payment_is_refused_with_a_null(provider: OtherProvider) -> None:
    """The client calls it declined, and says why."""
    account = provider.account("vtex", f"{provider.url}/vtex")
    with Client(account) as client, pytest.raises(Declined, match="the payment is unknown"):
        client.cancel(vtex.Cancellation("0" * 32))


@pytest.mark.parametrize("names", ["X-VTEX-API", "X-PROVIDER-API"])
def test_keys_are_taken_under_either_name(provider: OtherProvider, names: str) -> None:
    """A setting of the provider decides how VTEX names the two headers."""
    payment = provider.create_payment("vtex")
    headers = {f"{names}-AppKey": APP_KEY, f"{names}-AppToken": APP_TOKEN}
    assert ask(provider, payment.payment_id, headers=headers).json()["cancellationId"]


@pytest.mark.parametrize(
    ("key", "token"), [("wrong", APP_TOKEN), (APP_KEY, "wrong"), (APP_TOKEN, APP_KEY)]
)
def test_wrong_keys_cancel_nothing(provider: OtherProvider, key: str, token: str) -> None:
    """401, before the payment is read."""
    payment = provider.create_payment("vtex")
    with (
        Client(vtex.Account(f"{provider.url}/vtex", key, token)) as client,
        pytest.raises(Unauthenticated),
    ):
        client.cancel(vtex.Cancellation(payment.payment_id))
    assert not provider.executions(payment=payment)


def test_a_request_that_the_specification_forbids_is_refused(provider: OtherProvider) -> None:
    """400 with code and message, and no execution; Schemathesis tries the other ways."""
    payment = provider.create_payment("vtex")
    for changes in ({"body": {"paymentId": "another"}}, {"json": None, "content": b"{"}):
        answer = ask(provider, payment.payment_id, **changes)
        assert (answer.status_code, answer.json()["code"]) == (400, "refused")
    assert not provider.executions(payment=payment)


def test_the_specification_finds_no_fault_with_it(provider: OtherProvider, tmp_path: Path) -> None:
    """Schemathesis, which knows only specs/vtex.yaml, sends correct and wrong requests."""
    payment = provider.create_payment("vtex")
    url = f"{provider.url}/vtex"
    code, report = schemathesis_run("vtex", url, KEYS, tmp_path, "--max-examples", "60")
    assert code == 0, report
    assert not provider.executions(payment=payment)


def test_the_page_works_as_it_is_typed(folder: Path, tmp_path: Path) -> None:
    """One terminal serves, the other cancels: a receipt with the provider's id."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name in ("provider.py", "gateway.py"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "8020" in text
        (tmp_path / name).write_text(text.replace("8020", str(port)), encoding="utf-8")
    command = [sys.executable, "provider.py"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as serving:
        try:
            wait_for(port)
            said = subprocess.check_output(
                [sys.executable, "gateway.py"], cwd=tmp_path, text=True, timeout=60
            )
        finally:
            serving.terminate()
    outcome, reference = said.split()
    assert (outcome, len(reference)) == ("cancelled", 32)


def wait_for(port: int) -> None:
    """Wait until something listens."""
    for _ in range(300):
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("nothing listens")
