"""The Celery app of the project: `celery --app shop_queue worker --beat`."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_settings")

app = Celery("shop", include=["countermand_ops.celery"])
app.config_from_object("django.conf:settings", namespace="CELERY")
# `cancel.delay` sends through the default app of the process.
app.set_default()
