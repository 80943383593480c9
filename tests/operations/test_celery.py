"""The tasks in this process: what is sent, what is returned, and what is retried."""

from __future__ import annotations

import os
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from celery import Celery, signals
from celery.exceptions import Reject, Retry, SoftTimeLimitExceeded

from countermand import (
    FULL,
    Advice,
    Backoff,
    CancellationInProgress,
    Client,
    CountermandError,
    Declined,
    InvalidCancellation,
    KeyConflict,
    LedgerUnavailable,
    OutcomeUnknown,
    Policy,
    RateLimited,
    Reconciliation,
    Unreachable,
    bento,
    pace_pay,
    unzer,
)
from countermand.ledger import State
from countermand.sandbox import faults
from countermand_ops.celery import _worker, cancel, reconcile
from countermand_ops.celery._arguments import to_order
from countermand_ops.celery._decisions import seconds_to_retry
from countermand_ops.config import Configuration, ConfigurationError
from tests.conformance.orders import order
from tests.operations.queues import sent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from countermand.ledger import Change
    from countermand.sandbox import FaultProxy, Sandbox
    from tests.operations.conftest import Configure

POLICY = (
    "[policy]\nattempts = 2\nbackoff = {first = 0.05, cap = 0.05}\nfollow_up = {accepted = [0.05]}"
)
WAIT = 0.05
FIELDS = {"payment_id": "s-pay-1", "amount": "10.00"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Celery]:
    """An app of one host, with a broker in memory, and a ledger of its own."""
    with Celery("shop", broker=f"memory://{tmp_path.name}", backend="cache+memory://") as made:
        made.conf.countermand_one_host = True
        yield made
        _worker.end()


@pytest.fixture
def fault(configure: Configure, proxy: FaultProxy, app: Celery) -> FaultProxy:
    """A proxy in front of every provider."""
    del app
    configure("bento", "pace_pay", "unzer", proxy=proxy, more=POLICY)
    return proxy


@pytest.mark.parametrize(
    ("provider", "given", "meant"),
    [
        ("unzer", FIELDS, unzer.Cancellation("s-pay-1", amount=Decimal("10.00"))),
        ("unzer", {**FIELDS, "amount": "full"}, unzer.Cancellation("s-pay-1", amount=FULL)),
        ("unzer", unzer.Cancellation("s-pay-1", amount=FULL).to_dict(), None),
        ("unzer", unzer.Cancellation("s-pay-1", amount=Decimal(1)), None),
        (
            "bento",
            {"order_id": "o", "transaction_id": "t", "refund_amount": 500},
            bento.Cancellation("o", "t", refund_amount=500),
        ),
        (
            "pace-pay",
            {"transaction_id": "c3f037ea-492e-4033-9b4b-4efc7beca16c"},
            pace_pay.Cancellation("c3f037ea-492e-4033-9b4b-4efc7beca16c"),
        ),
    ],
)
def test_what_is_sent_are_json_values_that_mean_the_same(
    app: Celery, provider: str, given: Any, meant: Any
) -> None:
    """From texts, from values, from a stored cancellation, and from a `Cancellation`."""
    cancel.delay(provider, given, "order-1", "ada", account="shop")
    (message,) = sent(app)
    stored = message["cancellation"]
    assert (message["key"], message["user"], message["account"]) == ("order-1", "ada", "shop")
    assert message["provider"] == provider.replace("-", "_") == stored["api"]
    if meant is not None:
        assert type(meant).from_dict(stored) == meant
    assert to_order(**message).to_message() == message


@pytest.mark.parametrize(
    ("arguments", "form"),
    [
        (("unser", FIELDS, "k"), "one of bento, pace_fueling, pace_pay, unzer, vtex, not 'unser'"),
        ((3, FIELDS, "k"), "not 3"),
        (("unzer", FIELDS, ""), "key must not be empty"),
        (("unzer", FIELDS, "k", 3), "user must be a str, not int"),
        (("unzer", [1], "k"), "dict of the fields of countermand.unzer.Cancellation, not list"),
        (("unzer", {"payment_id": "p"}, "k"), "needs 'amount'; its fields are payment_id, auth"),
        (("unzer", {**FIELDS, "amout": "1"}, "k"), "has no field 'amout'; its fields are"),
        (("unzer", {**FIELDS, "amount": "1,0"}, "k"), "amount: '1,0' must be a number such as 10"),
        (("unzer", {**FIELDS, "amount": 10.5}, "k"), "amount"),
        (("unzer", bento.Cancellation("o", "t", refund_amount=FULL), "k"), "has no field 'order_"),
        (("unzer", {**FIELDS, "api": "bento"}, "k"), "not a cancellation of unzer: 'bento'"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(
    app: Celery, arguments: tuple[Any, ...], form: str
) -> None:
    """With the right form."""
    with pytest.raises(InvalidCancellation) as refused:
        cancel.delay(*arguments)
    assert form in str(refused.value)
    with pytest.raises(InvalidCancellation, match="account must be a str, not int"):
        cancel.delay("unzer", FIELDS, "k", account=3)
    with pytest.raises(TypeError, match="key"):
        cancel.apply_async()
    assert not sent(app)


@pytest.mark.usefixtures("fault")
def test_the_result_is_that_of_the_command_line(sandbox: Sandbox) -> None:
    """A receipt, or the error in its place; the same task again returns the same receipt."""
    payment = sandbox.create_payment("unzer")
    arguments = ("unzer", order("unzer", payment, whole=True), "order-1")
    first = cancel.apply(arguments).get()
    assert (first["outcome"], first["key"], first["evidence"]) == ("cancelled", "order-1", "reply")
    assert cancel(*arguments, account="unzer")["reference"] == first["reference"]
    other = cancel.apply(("unzer", FIELDS, "order-1")).get()
    assert (other["error"], other["key"]) == ("KeyConflict", "order-1")
    # As a program sends it that does not import the task.
    assert cancel.apply(("unzer", {}, "k")).get()["error"] == "InvalidCancellation"
    with pytest.raises(ConfigurationError, match="'shop' is no account of unzer"):
        cancel.apply(("unzer", FIELDS, "k"), {"account": "shop"}, throw=True)
    assert len(sandbox.executions(payment=payment)) == 1


def run(app: Celery, arguments: tuple[Any, ...], *, delivery: int = 1) -> dict[str, Any]:
    """Run the task as a worker does that has got it for the so-manieth time.

    Raises:
        Retry: the task is retried; it was sent to the queue `again`.
    """
    task = app.tasks[cancel.name]
    task.push_request(
        id="task-1",
        retries=delivery - 1,
        args=arguments,
        kwargs={},
        is_eager=False,
        called_directly=False,
        delivery_info={"exchange": "", "routing_key": "again"},
    )
    try:
        return task.run(*arguments)
    finally:
        task.pop_request()


@pytest.mark.parametrize(
    ("what", "error", "seconds"),
    [
        (faults.busy(429, "100"), "RateLimited", 100),
        (faults.RESET_AFTER, "OutcomeUnknown", 0),
    ],
)
def test_what_a_repeat_may_finish_is_retried(
    fault: FaultProxy, sandbox: Sandbox, app: Celery, what: Any, error: str, seconds: float
) -> None:
    """As often as the policy says, and not before the time that the provider asks for."""
    payment = sandbox.create_payment("pace_pay")
    arguments = ("pace_pay", order("pace_pay", payment, whole=True).to_dict(), "order-1")
    fault.script(what, what)
    with pytest.raises(Retry) as again:
        run(app, arguments)
    assert type(again.value.exc).__name__ == error
    assert seconds <= again.value.when <= seconds + WAIT
    assert sent(app, "again") == [to_order(*arguments).to_message()]
    fault.script(what, what)
    assert run(app, arguments, delivery=2)["error"] == error
    assert not sent(app, "again")
    fault.script()
    assert run(app, arguments)["outcome"] == "cancelled"
    assert len(sandbox.executions(payment=payment)) == 1


def test_what_a_repeat_may_do_twice_is_not_retried(
    fault: FaultProxy, sandbox: Sandbox, app: Celery
) -> None:
    """It is in the ledger, for `reconcile`."""
    payment = sandbox.create_payment("unzer")
    fault.script(*[faults.RESET_AFTER] * 5)
    found = run(app, ("unzer", order("unzer", payment, whole=False), "order-1"))
    assert (found["error"], found["advice"]) == ("OutcomeUnknown", "read")
    (left,) = _worker.worker_of(app).configuration.ledger.unresolved()
    assert left.key == "order-1"


def test_a_task_whose_retry_cannot_be_sent_stays_in_the_queue(
    fault: FaultProxy, sandbox: Sandbox, app: Celery
) -> None:
    """Celery would drop it: the broker delivers it again."""
    arguments = ("pace_pay", order("pace_pay", sandbox.create_payment("pace_pay"), whole=True), "k")
    fault.script(faults.busy(429, "100"))
    app.conf.task_create_missing_queues = False
    with pytest.raises(Reject, match="again") as rejected:
        run(app, arguments)
    assert rejected.value.requeue


@pytest.mark.parametrize("known", [True, False])
def test_a_soft_time_limit_is_no_end_while_nothing_was_executed(
    app: Celery, configure: Configure, sandbox: Sandbox, *, known: bool
) -> None:
    """The task is retried; at last it ends with what is known, or with the limit itself."""
    configure("pace_pay", more=POLICY)
    account = sandbox.account("pace_pay")
    payment = sandbox.create_payment("pace_pay")
    striking = [True]

    def strike(_argument: object) -> str:
        if striking:
            striking.pop()
            raise SoftTimeLimitExceeded
        return sandbox.issue_token()

    def make(configuration: Configuration) -> Client:
        if not known:
            strike(None)
        mine = pace_pay.Account(strike if known else account.token_source, account.endpoint)
        return Client(mine, ledger=configuration.ledger, policy=configuration.policy)

    app.conf.countermand_client = make
    arguments = ("pace_pay", order("pace_pay", payment, whole=True).to_dict(), "order-1")
    with pytest.raises(Retry):
        run(app, arguments)
    _worker.end()
    striking.append(True)
    if known:
        assert run(app, arguments, delivery=2)["error"] == "Unreachable"
    else:
        with pytest.raises(SoftTimeLimitExceeded):
            run(app, arguments, delivery=2)
    assert run(app, arguments)["outcome"] == "cancelled"
    assert len(sent(app, "again")) == 1


@pytest.mark.parametrize(
    ("error", "interrupted", "delivery", "seconds"),
    [
        (RateLimited("busy"), False, 1, 0.5),
        (RateLimited("busy", retry_after=60.0), False, 2, 61.0),
        (RateLimited("busy", retry_after=60.0), False, 3, None),
        (OutcomeUnknown("lost", advice=Advice.REPEAT), False, 1, 0.5),
        (OutcomeUnknown("lost", advice=Advice.REPEAT, retry_after=7.0), False, 1, 7.5),
        (OutcomeUnknown("lost", advice=Advice.REPEAT), True, 1, 0.5),
        (OutcomeUnknown("lost", advice=Advice.READ), False, 1, None),
        (OutcomeUnknown("lost", advice=Advice.ASK), True, 1, None),
        (CancellationInProgress("busy"), False, 1, 1.0),
        (CancellationInProgress("busy"), False, 50, 4.0),
        (LedgerUnavailable("down"), False, 1, 22.5),
        (LedgerUnavailable("down"), True, 50, 22.5),
        (Unreachable("refused"), False, 1, None),
        (Unreachable("interrupted"), True, 1, 0.5),
        (Unreachable("interrupted"), True, 3, None),
        (None, True, 2, 1.0),
        (None, True, 3, None),
        (KeyConflict("other"), False, 1, None),
        (KeyConflict("other"), True, 1, None),
        (Declined("no"), False, 1, None),
    ],
)
def test_a_retry_follows_the_policy(
    error: CountermandError | None, *, interrupted: bool, delivery: int, seconds: float | None
) -> None:
    """Attempts, waits and what the provider asks for; without an end where no outcome is known."""
    policy = Policy(attempts=3, backoff=Backoff(first=1.0, factor=2.0, cap=8.0))
    assert (
        seconds_to_retry(
            error, interrupted=interrupted, delivery=delivery, policy=policy, chance=0.5
        )
        == seconds
    )


@pytest.mark.usefixtures("fault")
def test_reconcile_finishes_what_is_due_and_tells_it(app: Celery, sandbox: Sandbox) -> None:
    """The function of the settings gets each change; the result is the summary."""
    payment = sandbox.create_payment("unzer", flags="pending")
    run(app, ("unzer", order("unzer", payment, whole=False), "order-1"))
    sandbox.finish_pending(payment)
    told: list[Change] = []
    app.conf.countermand_on_outcome = told.append
    ledger = _worker.worker_of(app).configuration.ledger
    deadline = time.monotonic() + 20
    while not told and time.monotonic() < deadline:
        done = reconcile.apply((), {"seconds": 5}).get()
    assert done == attrs.asdict(Reconciliation(looked=1, cancelled=1))
    assert (told[0].key, told[0].after) == ("order-1", State.CANCELLED)
    assert reconcile(limit=1, seconds=0.0) == attrs.asdict(Reconciliation())
    assert not list(ledger.unresolved())


@pytest.mark.usefixtures("fault")
def test_a_process_makes_its_own_client_and_closes_it(app: Celery, sandbox: Sandbox) -> None:
    """After the fork: what the parent has made stays the parent's."""
    signals.worker_process_init.send(sender=None)
    first = _worker.worker_of(app)
    assert _worker.worker_of(app) is first
    _worker._workers[app] = parents = attrs.evolve(first, pid=os.getppid())
    signals.worker_process_shutdown.send(sender=None)
    assert _worker._workers[app] is parents
    own = _worker.worker_of(app)
    assert own.client is not first.client
    signals.worker_shutdown.send(sender=None)
    make = order("unzer", sandbox.create_payment("unzer"), whole=True)
    with pytest.raises(Unreachable, match="closed"):
        own.client.cancel(make)
    assert first.client.cancel(make).key


def text(_configuration: Configuration) -> str:
    """A function that makes no client."""
    return "client"


def forgetful(_configuration: Configuration) -> Client:
    """A function that makes a client without a ledger."""
    return Client()


@pytest.mark.parametrize(
    ("settings", "form"),
    [
        ({"one_host": False}, "set ledger.url to postgresql://...; or, if all workers run on thi"),
        ({"config": "/no/such.toml"}, "/no/such.toml"),
        ({"client": "os:no_such"}, 'countermand_client must be a function, or its name "package'),
        ({"client": 3}, "3 is none"),
        ({"on_outcome": "no.such:thing"}, "countermand_on_outcome must be a function, or its na"),
    ],
)
def test_a_worker_does_not_start_with_wrong_settings(
    app: Celery, settings: dict[str, Any], form: str
) -> None:
    """Each of its tasks would fail."""
    signals.worker_init.send(sender=Controller(app))
    app.conf.update({f"countermand_{name}": value for name, value in settings.items()})
    with pytest.raises(SystemExit) as refused:
        signals.worker_init.send(sender=Controller(app))
    assert form in str(refused.value)


@attrs.frozen(eq=False)
class Controller:
    """What a worker's signal has as its sender."""

    app: Celery


@pytest.mark.parametrize(
    ("make", "form"),
    [(text, "a Client, not str"), (forgetful, "a Client with a ledger")],
)
def test_a_function_that_makes_no_client_with_a_ledger_is_refused(
    app: Celery, make: Any, form: str
) -> None:
    """It may be given by its name."""
    assert getattr(sys.modules[__name__], make.__name__) is make
    app.conf.countermand_client = f"{__name__}:{make.__name__}"
    with pytest.raises(ConfigurationError, match=form):
        _worker.worker_of(app)
