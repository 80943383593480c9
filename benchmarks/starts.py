"""What it costs to import a library and to make its first client, in fresh processes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

from benchmarks.contenders import OURS, environment

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_CLIENT: Final = "from countermand import Client, {api}; Client({api}.Account('token', '{scheme}://api.example'))"
SHORT: Final[Mapping[str, str]] = {
    "import httpx": "import httpx",
    "countermand, first client": FIRST_CLIENT.format(api="bento", scheme="https"),
    "countermand, first client, without TLS": FIRST_CLIENT.format(api="bento", scheme="http"),
}
FULL: Final[Mapping[str, str]] = {
    **SHORT,
    "httpx, first client": "import httpx; httpx.Client()",
    "countermand, first client, Unzer": FIRST_CLIENT.format(api="unzer", scheme="https"),
}
MEASURE: Final = """
import json, os, sys, time
code = compile(sys.argv[1], "statement", "exec")
began = time.process_time()
exec(code, {})
cpu = time.process_time() - began
try:
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
except OSError:
    resident = None
print(json.dumps({"cpu": cpu, "resident": resident}))
"""


def start(statement: str) -> dict[str, Any]:
    """Run a statement in a fresh interpreter; CPU seconds and resident bytes."""
    command = (sys.executable, "-c", MEASURE, statement)
    told = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment(OURS)
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def starts(statements: Mapping[str, str], rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Each statement, round after round; a first one fills the caches and does not count."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in statements}
    for number in range(rounds + 1):
        for name, statement in statements.items():
            told = start(statement)
            if number:
                found[name].append(told)
    return found
