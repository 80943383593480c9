"""Who is measured: the script and variant of each client, and what its environment needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from tests.competitors.places import SetupError, prepare
from tests.competitors.roster import Client

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT: Final = Path(__file__).parents[1]
DRIVERS: Final = Path(__file__).parent / "drivers"


@frozen(kw_only=True)
class Contender:
    """One client in one variant.

    Attributes:
        name: Its name in the tables.
        script: The script below `drivers`, without its prefix and suffix.
        variant: Which of the script's variants.
        requirements: What its own environment needs; none for what runs in the session's.
    """

    name: str
    script: str
    variant: str
    requirements: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The script's file."""
        return str(DRIVERS / f"with_{self.script}.py")


HTTPX2: Final = ("httpx2==2.16.2",)
AIOHTTP: Final = ("aiohttp==3.14.5",)
STRIPE: Final = ("stripe==16.1.0", "requests==2.34.2")

OURS: Final = Contender(name="countermand", script="countermand", variant="bento")
OURS_ASYNC: Final = Contender(name="countermand", script="countermand", variant="async")
WITH_LEDGER: Final = Contender(name="countermand with a ledger", script="ledger", variant="ledger")
KEPT: Final = Contender(name="httpx, kept connection", script="httpx", variant="kept")
FRESH: Final = Contender(name="httpx, fresh connection", script="httpx", variant="fresh")
HTTPX_ASYNC: Final = Contender(
    name="httpx async, kept connections", script="httpx", variant="async"
)

STANDARD: Final = (
    Contender(name="http.client, kept connection", script="http_client", variant="kept"),
    Contender(name="http.client, fresh connection", script="http_client", variant="fresh"),
    Contender(name="raw socket, kept", script="raw_socket", variant="kept"),
    Contender(name="raw socket, fresh", script="raw_socket", variant="fresh"),
)
OTHER_CANCELS: Final = tuple(
    Contender(name=f"countermand, {name}", script="countermand", variant=api)
    for api, name in (
        ("bento_read", "Bento read first"),
        ("unzer", "Unzer"),
        ("vtex", "VTEX"),
        ("pace_pay", "PACE Pay"),
        ("pace_fueling", "PACE Fueling"),
    )
)
RIVALS: Final = (
    Contender(name="generated `sync_detailed`", script="generated", variant="kept"),
    Contender(name="httpx2", script="httpx", variant="httpx2", requirements=HTTPX2),
    Contender(name="stripe-python", script="stripe", variant="kept", requirements=STRIPE),
)
ASYNC_RIVALS: Final = (
    Contender(name="generated `asyncio_detailed`", script="generated", variant="async"),
    Contender(name="httpx2", script="httpx", variant="async-httpx2", requirements=HTTPX2),
    Contender(name="aiohttp", script="aiohttp", variant="async", requirements=AIOHTTP),
)


def environment(contender: Contender) -> dict[str, str]:
    """The variables of its process: this project can be imported where it is measured."""
    variables = {**os.environ, "PYTHONHASHSEED": "0"}
    variables.pop("PYTHONPATH", None)
    # A fresh process must not compile this project anew: what is installed is compiled already.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    if not contender.requirements:
        roots = (ROOT / "overlay", ROOT / "generated")
        variables["PYTHONPATH"] = os.pathsep.join(map(str, roots))
    return variables


@frozen
class Interpreters:
    """The interpreter of each environment, and why there is none for some."""

    found: Mapping[tuple[str, ...], str]
    missing: Mapping[tuple[str, ...], str]

    def of(self, contender: Contender) -> str | None:
        """The interpreter that runs a contender, if it could be installed."""
        return self.found.get(contender.requirements)

    def versions(self) -> dict[str, str]:
        """The version of every library that is measured."""
        told = {"httpx": _version(sys.executable, "httpx"), "h11": _version(sys.executable, "h11")}
        for requirements, python in self.found.items():
            names = (requirement.partition("==")[0] for requirement in requirements)
            told |= {name: _version(python, name) for name in names}
        return told


def install(contenders: Iterable[Contender], venvs: Path) -> Interpreters:
    """Make an environment of its own for each set of requirements."""
    found: dict[tuple[str, ...], str] = {(): sys.executable}
    missing: dict[tuple[str, ...], str] = {}
    for requirements in sorted({contender.requirements for contender in contenders} - {()}):
        name = requirements[0].replace("==", "-")
        client = Client(name=name, driver=("",), requirements=requirements)
        try:
            found[requirements] = prepare(client, venvs).python
        except SetupError as error:
            missing[requirements] = f"{name} cannot be installed: {error}"
    return Interpreters(found, missing)


def _version(python: str, package: str) -> str:
    code = "import importlib.metadata as m, json; print(json.dumps(m.version('{}')))"
    told = subprocess.run(
        (python, "-c", code.format(package)), check=True, capture_output=True, text=True
    )
    return str(json.loads(told.stdout))
