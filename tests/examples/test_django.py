"""examples/django: a view sends the task, a worker cancels, and the ledger shows the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from countermand import unzer
from countermand_ops.celery import _worker, cancel
from tests.operations.queues import sent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from django.test import Client as Browser

    from countermand.sandbox import Sandbox
    from tests.examples.conftest import Load


@pytest.fixture
def views(
    load: Load, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModuleType]:
    """The project, with a broker in memory, and a worker's configuration for the sandbox."""
    # Each process of pytest-xdist imports this module, and only one of them needs Django.
    import django  # noqa: PLC0415

    account = sandbox.account("unzer")
    assert isinstance(account, unzer.Account)
    file = tmp_path / "countermand.toml"
    file.touch(mode=0o600)
    file.write_text(
        f'[ledger]\nurl = "sqlite:///{tmp_path}/keys.db"\n[http]\ntrust_env = false\n'
        f'[accounts.unzer]\nprivate_key = "{account.private_key}"\n'
        f'base_url = "{account.base_url}"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "shop_settings")
    monkeypatch.setenv("COUNTERMAND_CONFIG", str(file))
    monkeypatch.setenv("SECRET_KEY", "of a test")
    monkeypatch.setenv("ALLOWED_HOSTS", "testserver")
    monkeypatch.setenv("ONE_HOST", "yes")
    monkeypatch.setenv("BROKER_URL", "memory://django")
    monkeypatch.setenv("RESULT_BACKEND", "cache+memory://")
    module = load("django/shop_views")
    django.setup()
    yield module
    _worker.end()
    module.ledger().close()
    module.app.close()


@pytest.fixture
def browser(views: ModuleType) -> Iterator[Browser]:
    """A browser at the project's views."""
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import override_settings  # noqa: PLC0415

    with override_settings(ROOT_URLCONF=views.__name__):
        yield Client()


def test_an_order_is_cancelled_once_however_often_it_is_sent(
    views: ModuleType, browser: Browser, sandbox: Sandbox
) -> None:
    """The view answers at once, the worker cancels, and the second view shows it."""
    payment = sandbox.create_payment("unzer", amount="100.00")
    views.ORDERS["42"] = {"payment_id": payment.payment_id, "amount": "10.00"}
    assert browser.get("/orders/42").status_code == 404
    assert browser.get("/orders/42/cancel").status_code == 405
    for _ in range(2):
        answer = browser.post("/orders/42/cancel")
        assert (answer.status_code, answer.json()) == (202, {"key": "cancel-42"})
    first, second = sent(views.app)
    assert first == second
    for message in (first, second):
        assert cancel.run(**message)["outcome"] == "cancelled"
    shown = browser.get("/orders/42").json()
    assert (shown["state"], shown["waiting_for"]) == ("CANCELLED", None)
    assert [each.reference for each in sandbox.executions(payment=payment)] == [shown["reference"]]


def test_a_wrong_amount_and_an_unknown_order_are_refused_at_once(
    views: ModuleType, browser: Browser
) -> None:
    """Nothing is sent to the queue."""
    views.ORDERS["43"] = {"payment_id": "s-pay-1", "amount": 10.5}
    wrong = browser.post("/orders/43/cancel")
    assert (wrong.status_code, wrong.json()["error"]) == (422, "InvalidCancellation")
    assert browser.post("/orders/44/cancel").status_code == 404
    assert sent(views.app) == []
