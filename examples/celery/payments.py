"""The Celery app of a shop that cancels payments: `celery -A payments worker`."""

from __future__ import annotations

import os

from celery import Celery

app = Celery("payments", include=["countermand_ops.celery"])
app.conf.update(
    broker_url=os.environ.get("BROKER_URL", "redis://localhost:6379/0"),
    result_backend=os.environ.get("RESULT_BACKEND", "redis://localhost:6379/1"),
    # A day: the result is also in the ledger, which keeps it.
    result_expires=86400,
    # A worker that takes one task at a time leaves the others to those that are idle.
    worker_prefetch_multiplier=1,
    # Redis delivers a task again that nobody has acknowledged after so many seconds.
    broker_transport_options={"visibility_timeout": 600},
    task_annotations={
        # Above the policy's deadline of 30 seconds, which ends a call by itself.
        "countermand_ops.celery.cancel": {"soft_time_limit": 40, "time_limit": 60},
        "countermand_ops.celery.reconcile": {"soft_time_limit": 90, "time_limit": 120},
    },
    beat_schedule={
        "reconcile": {
            "task": "countermand_ops.celery.reconcile",
            "schedule": float(os.environ.get("RECONCILE_EVERY", "60")),
            # What has waited for so long is not needed any more: the next one is there.
            "options": {"expires": 60},
        }
    },
    # Where the accounts and the ledger are; without it, COUNTERMAND_CONFIG or the user's folder.
    countermand_config=None,
    countermand_on_outcome="outcomes:report",
)
