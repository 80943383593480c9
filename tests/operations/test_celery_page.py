"""docs/celery.md says what the tasks do."""

from __future__ import annotations

import re
from inspect import signature
from typing import TYPE_CHECKING, Any

from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser

import countermand_ops.celery
from countermand import Client
from countermand_ops.celery import cancel, reconcile
from countermand_ops.config import load
from tests.operations.queues import sent
from tests.package.sources import ROOT

if TYPE_CHECKING:
    from tests.operations.conftest import Configure

PAGE = (ROOT / "docs" / "celery.md").read_text(encoding="utf-8")
WORKER = ROOT / "operations" / "countermand_ops" / "celery" / "_worker.py"


def test_every_setting_is_explained() -> None:
    """And no other; the module's docstring has the same ones."""
    used = {*re.findall(r'"(countermand_\w+)"', WORKER.read_text(encoding="utf-8"))}
    assert used == {*re.findall(r"^\| `(countermand_\w+)` \|", PAGE, re.MULTILINE)}
    told = countermand_ops.celery.__doc__ or ""
    assert used == {*re.findall(r"^    (countermand_\w+)  ", told, re.MULTILINE)}


def test_the_printed_signature_is_that_of_reconcile() -> None:
    """With its defaults."""
    parameters = [*signature(reconcile.run).parameters.values()]
    printed = ", ".join(f"{each.name}={each.default}" for each in parameters)
    assert f"`reconcile({printed})`" in PAGE


def test_the_printed_programs_run(configure: Configure) -> None:
    """The app, its client, and two ways to send the same cancel."""
    configure("unzer")
    names: dict[str, Any] = {}
    for block in PythonCodeBlockParser()(Document(PAGE, "celery.md")):
        exec(str(block.parsed), names)
        app = names["app"]
        app.conf.update(broker_url="memory://page", result_backend="cache+memory://")
    configuration = load()
    with configuration.ledger, names["make_client"](configuration) as client:
        assert isinstance(client, Client)
    assert cancel.app is app
    first, second = sent(app)
    assert first == second
    app.close()
