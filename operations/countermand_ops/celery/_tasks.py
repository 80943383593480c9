"""The tasks: `cancel` and `reconcile`."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs
from celery import Task, shared_task
from celery.exceptions import Reject, SoftTimeLimitExceeded

from countermand import CountermandError
from countermand_ops.celery._arguments import to_order
from countermand_ops.celery._decisions import seconds_to_retry
from countermand_ops.celery._worker import on_outcome_of, worker_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from countermand_ops.celery._arguments import Order

    AnyTask = Task[..., Any]

ROUND: Final = 50.0
"""Seconds after which a round of `reconcile` begins no further look."""


class CancelTask(Task[..., Any]):
    """The task `cancel`: its arguments are checked before a message is sent.

    The message holds JSON values, whatever the caller has given.
    """

    def apply_async(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        *others: Any,
        **options: Any,
    ) -> Any:
        """Send the task to the queue; arguments, result and other errors as Celery's.

        Raises:
            InvalidCancellation: an argument of `cancel` is wrong; nothing was sent.
            ProviderError: the provider's registration is broken.
            TypeError: an argument is missing, or there is one too many.
        """
        order = to_order(*(args or ()), **(kwargs or {}))
        return super().apply_async((), order.to_message(), *others, **options)


@shared_task(
    bind=True,
    base=CancelTask,
    name="countermand_ops.celery.cancel",
    acks_late=True,
    reject_on_worker_lost=True,
    max_retries=None,
)
def cancel(
    self: CancelTask,
    provider: str,
    cancellation: object,
    key: str,
    user: str | None = None,
    *,
    account: str | None = None,
) -> dict[str, Any]:
    """Cancel a payment once, however often the task is delivered.

    Args:
        self: The task.
        provider: The provider's name, such as `unzer` or `pace-pay`.
        cancellation: What to cancel: the fields of the provider's `Cancellation` by name, as values
            or as text, such as `{"payment_id": "s-pay-1", "amount": "10.00"}`.
        key: Your name for this intent, such as an order number: the same key is the same cancel.
        user: Your name for the user, for providers that act for one.
        account: The account's name in the configuration, where it has several of one provider.

    Returns:
        `Receipt.to_dict()`; or `to_dict()` of the error in its place, which has the key `error`.
    """
    try:
        try:
            return _cancel(self, to_order(provider, cancellation, key, user, account=account))
        except CountermandError as error:
            return _conclude(self, error)
    except SoftTimeLimitExceeded as limit:
        # If it strikes while a retry is sent, there are two. The ledger lets one of them cancel.
        return _conclude(self, limit)


@shared_task(bind=True, name="countermand_ops.celery.reconcile")
def reconcile(self: AnyTask, limit: int | None = None, seconds: float = ROUND) -> dict[str, Any]:
    """Look at every open cancel whose look is due; for Celery's beat.

    Rounds may overlap, on any number of hosts: each key is looked at by one of them.

    Args:
        self: The task.
        limit: The maximum number of looks; None for no limit.
        seconds: No look begins after this time. One that has begun takes the policy's `deadline` at
            most.

    Returns:
        The fields of `countermand.ledger.Reconciliation`.

    Raises:
        LedgerUnavailable: the ledger cannot be used.
    """
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    client, on_outcome = worker_of(self.app).client, on_outcome_of(self.app)
    return attrs.asdict(client.reconcile(limit=limit, until=until, on_outcome=on_outcome))


def _cancel(task: AnyTask, order: Order) -> dict[str, Any]:
    worker, account = worker_of(task.app), None
    if order.account is not None:
        account = worker.configuration.account(order.cancellation.api, order.account)
    receipt = worker.client.cancel(
        order.cancellation, key=order.key, user=order.user, account=account
    )
    return receipt.to_dict()


def _conclude(task: AnyTask, result: CountermandError | SoftTimeLimitExceeded) -> dict[str, Any]:
    """Retry the task, or return what it ends with.

    Raises:
        Retry: the task is retried.
        Reject: the retry could not be sent, and the broker delivers the task again.
        SoftTimeLimitExceeded: it is not retried, and nothing is known of the call.
    """
    interrupted = isinstance(result, SoftTimeLimitExceeded)
    known = result.__cause__ if interrupted else result
    error = known if isinstance(known, CountermandError) else None
    request = task.request
    # Without a worker there is no later.
    if not (request.called_directly or request.is_eager):
        seconds = seconds_to_retry(
            error,
            interrupted=interrupted,
            delivery=request.retries + 1,
            policy=worker_of(task.app).configuration.policy,
            chance=random.random(),  # noqa: S311 - spreads retries
        )
        if seconds is not None:
            raise _retry(task, error or result, seconds)
    if error is None:
        raise result
    return error.to_dict()


def _retry(task: AnyTask, why: Exception, seconds: float) -> Exception:
    """Send the task again; returns what is to be raised."""
    try:
        return task.retry(exc=why, countdown=seconds, throw=False)
    except Reject as unsent:
        # Celery would drop the task, whether the broker was away or a time limit struck.
        return Reject(unsent, requeue=True)
