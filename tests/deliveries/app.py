"""The app of the workers: `celery --app tests.deliveries.app worker`."""

import os
from typing import Final

from celery import Celery

from tests.deliveries.fleet import BROKER

VISIBLE_AFTER: Final = 15
"""Seconds after which Redis delivers again what a killed worker had."""

app = Celery("deliveries", include=["countermand_ops.celery"])
app.conf.update(
    broker_url=os.environ[BROKER],
    result_backend=os.environ[BROKER],
    worker_prefetch_multiplier=1,
    broker_transport_options={
        "visibility_timeout": VISIBLE_AFTER,
        # Look for such deliveries every second, and not every 100.
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        # A worker may be killed while it looks.
        "unacked_mutex_expire": 10,
    },
    beat_schedule={
        "reconcile": {
            "task": "countermand_ops.celery.reconcile",
            "schedule": 2.0,
            "options": {"expires": 10},
        }
    },
)
app.set_default()
