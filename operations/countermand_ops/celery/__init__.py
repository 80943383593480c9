"""Cancels as Celery tasks: any number of workers on any number of hosts, one ledger.

    app = Celery("payments", broker="redis://...", include=["countermand_ops.celery"])

    from countermand_ops.celery import cancel

    cancel.delay("unzer", {"payment_id": "s-pay-1", "amount": "10.00"}, "order-42")

Celery delivers a task at least once; the ledger lets each key be executed once. The tasks are
shared: every app of the process has them. What they need stands in the app's settings:

    countermand_config      The path of countermand.toml. Without it, the file is found as by
                            `countermand_ops.config.load`.
    countermand_client      A function, or its name "package.module:function": it gets the
                            `Configuration` and returns the `Client` of a worker process.
                            Without it, `Configuration.client`.
    countermand_on_outcome  A function, or its name: it gets each `Change` that `reconcile` finds.
    countermand_one_host    True permits a SQLite ledger: all workers run on one host.

docs/celery.md describes everything.
"""

from countermand._extras import extra

with extra("celery", "countermand_ops.celery"):
    from countermand_ops.celery import _worker  # its signal handlers
    from countermand_ops.celery._tasks import CancelTask, cancel, reconcile

__all__ = ["CancelTask", "cancel", "reconcile"]

_worker.connect()
CancelTask.__module__ = __name__
