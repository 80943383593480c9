"""The configuration and the client of a worker process.

A process makes them once: a prefork child when it starts, after the fork; the one process of other
pools with its first task, or when the pool starts. Threads share them.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen
from celery import signals
from celery.app import app_or_default
from celery.utils.imports import import_from_cwd, symbol_by_name

from countermand import Client, LedgerUnavailable
from countermand._values import kind_of
from countermand.provider import ProviderError
from countermand_ops.config import ConfigurationError, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery
    from celery.worker import WorkController

    from countermand_ops.config import Configuration


@frozen
class Worker:
    """What the tasks of an app share in a process.

    Attributes:
        configuration: Accounts, policy and ledger.
        client: The client with all of them.
        pid: The process that made them.
    """

    configuration: Configuration
    client: Client
    pid: int


_lock = Lock()
_workers: dict[Celery, Worker] = {}


def worker_of(app: Celery) -> Worker:
    """What the tasks of an app share in this process; made with the first call.

    Raises:
        ConfigurationError: the configuration or a setting of the app is wrong.
    """
    with _lock:
        found = _workers.get(app)
        if found is None or found.pid != os.getpid():
            # What a parent process has made stays the parent's.
            found = _workers[app] = _make(app)
        return found


def on_outcome_of(app: Celery) -> Callable[[Any], object] | None:
    """The function of the app's settings that gets the changes that `reconcile` finds.

    Raises:
        ConfigurationError: it names nothing.
    """
    return _function(app, "countermand_on_outcome")


def connect() -> None:
    """Connect to the signals of Celery's workers."""
    signals.worker_init.connect(check)
    signals.worker_process_init.connect(begin)
    signals.worker_process_shutdown.connect(end)
    signals.worker_shutdown.connect(end)


def check(sender: WorkController, **_facts: object) -> None:
    """Refuse to start a worker that could carry out no task.

    Raises:
        SystemExit: its configuration is wrong. Celery only logs other exceptions of a handler.
    """
    try:
        _load(sender.app)
        _function(sender.app, "countermand_client")
        on_outcome_of(sender.app)
    except (ConfigurationError, ModuleNotFoundError, ProviderError) as wrong:
        raise SystemExit(f"countermand: {wrong}") from None


def begin(**_facts: object) -> None:
    """Make the client of a process that has just started."""
    worker_of(app_or_default())


def end(**_facts: object) -> None:
    """Close client and ledger of a process that ends."""
    with _lock:
        mine = [app for app, worker in _workers.items() if worker.pid == os.getpid()]
        for app in mine:
            worker = _workers.pop(app)
            worker.client.close()
            worker.configuration.ledger.close()


def _make(app: Celery) -> Worker:
    configuration = _load(app)
    make = _function(app, "countermand_client")
    client = configuration.client() if make is None else make(configuration)
    if not isinstance(client, Client):
        raise ConfigurationError(f"countermand_client must return a Client, not {kind_of(client)}")
    try:
        client.unresolved()
    except LedgerUnavailable:
        raise ConfigurationError(
            "countermand_client must return a Client with a ledger, such as configuration.client()"
        ) from None
    return Worker(configuration, client, os.getpid())


def _load(app: Celery) -> Configuration:
    """Load the configuration that the app's settings name.

    Raises:
        ConfigurationError: it is wrong; or the ledger is a file, and the settings do not say that
            all workers run on one host.
    """
    configuration = load(app.conf.get("countermand_config"))
    if configuration.ledger.awaitable is None and app.conf.get("countermand_one_host") is not True:
        raise ConfigurationError(
            "the ledger is a SQLite file, which workers on other hosts cannot share: set ledger.url"
            " to postgresql://...; or, if all workers run on this host, countermand_one_host = True"
        )
    return configuration


def _function(app: Celery, setting: str) -> Callable[[Any], object] | None:
    """A function of the app's settings, which may be given by its name; None if it is not set."""
    value = app.conf.get(setting)
    found: Any
    try:
        # The folder of the app is not in the path of the program `celery`.
        named = isinstance(value, str)
        found = symbol_by_name(value, imp=import_from_cwd) if named else value
    except (AttributeError, ImportError, ValueError) as missing:
        found = missing
    if found is None or callable(found):
        return cast("Callable[[Any], object] | None", found)
    form = 'a function, or its name "package.module:function"'
    raise ConfigurationError(f"{setting} must be {form}; {value!r} is none: {found}")
