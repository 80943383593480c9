"""The settings of a Django project that cancels with Celery tasks."""

from __future__ import annotations

import os

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
ROOT_URLCONF = "shop_views"

# Celery reads what begins with CELERY_; docs/celery.md has the settings of countermand.
CELERY_BROKER_URL = os.environ.get("BROKER_URL", "redis://localhost:6379/0")
CELERY_RESULT_BACKEND = os.environ.get("RESULT_BACKEND", "redis://localhost:6379/1")
CELERY_BEAT_SCHEDULE = {
    "reconcile": {
        "task": "countermand_ops.celery.reconcile",
        "schedule": 60.0,
        "options": {"expires": 60},
    }
}
CELERY_COUNTERMAND_CONFIG = os.environ.get("COUNTERMAND_CONFIG")
# A ledger in SQLite serves the workers of one host, and says so only where this is set.
CELERY_COUNTERMAND_ONE_HOST = bool(os.environ.get("ONE_HOST"))
