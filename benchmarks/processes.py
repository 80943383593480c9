"""The processes of a run: the server, the relay, and one for each client that is measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any, Final

import trustme
from attrs import frozen

from benchmarks.contenders import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.contenders import Contender

ANSWER_TIMEOUT: Final = 300.0
"""Seconds for one order; a process that takes longer is ended."""

DELAY: Final = 0.04
"""Seconds that the relay adds each way."""


class ContenderError(Exception):
    """A client's process ended or said nothing."""


def cores() -> tuple[int | None, int | None]:
    """The cores of clients and of the server; None where there is no choice."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[-1]) if len(usable) > 1 else (None, None)


@contextmanager
def talking(
    command: list[str], variables: Mapping[str, str], core: int | None = None
) -> Iterator[Conversation]:
    """A process that answers lines of JSON, until it is left."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=dict(variables),
            cwd=ROOT,
        )
        assert process.stdin
        assert process.stdout
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        try:
            yield Conversation(process, errors)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            # The other side has gone, so that a flush may fail.
            with suppress(OSError):
                process.stdin.close()


@frozen
class Conversation:
    """Orders out, answers in."""

    process: subprocess.Popen[str]
    errors: Any

    def hear(self) -> dict[str, Any]:
        """The next answer.

        Raises:
            ContenderError: there is none.
        """
        assert self.process.stdout
        timer = Timer(ANSWER_TIMEOUT, self.process.kill)
        timer.start()
        try:
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self.errors.seek(0)
            raise ContenderError(self.errors.read().strip()[-500:] or "it said nothing")
        told: dict[str, Any] = json.loads(line)
        return told

    def ask(self, **order: Any) -> dict[str, Any]:
        """Give an order, and hear the answer."""
        self.say(**order)
        return self.hear()

    def say(self, **order: Any) -> None:
        """Give an order."""
        assert self.process.stdin
        # A process that has ended says why in `hear`.
        with suppress(OSError):
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()


@frozen(kw_only=True)
class Bench:
    """A server on one core, for clients on another."""

    urls: Mapping[str, str]
    """By wire: `plain`, `tls`, `distant`."""
    authority: str
    """The file of the certificate authority."""
    core: int | None

    def setup(self, wire: str) -> dict[str, Any]:
        """What a driver has to know."""
        authority = self.authority if wire == "tls" else None
        return {"url": self.urls[wire], "ca": authority, "core": self.core}

    def command(self, python: str, contender: Contender, wire: str, **more: object) -> list[str]:
        """The command that runs a client."""
        setup = json.dumps({**self.setup(wire), **more})
        return [python, contender.path, contender.variant, setup]

    @contextmanager
    def running(
        self, python: str, contender: Contender, wire: str, **more: object
    ) -> Iterator[Conversation]:
        """A client that is ready for orders; `more` is added to its setup."""
        command = self.command(python, contender, wire, **more)
        with talking(command, environment(contender)) as conversation:
            conversation.hear()
            yield conversation


@contextmanager
def bench() -> Iterator[Bench]:
    """Start server and relay, with a certificate that is made for this run."""
    client_core, server_core = cores()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        certificate = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
        certificate.write_to_path(str(folder / "server.pem"))
        variables = {**os.environ, "PYTHONPATH": str(ROOT)}

        def serving(module: str, *arguments: str) -> dict[str, int]:
            command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
            told = stack.enter_context(talking(command, variables, server_core)).hear()
            return {name: int(port) for name, port in told.items()}

        ports = serving("server", str(folder / "server.pem"))
        distant = serving("relay", str(ports["plain"]), str(DELAY))["plain"]
        yield Bench(
            urls={
                "plain": f"http://127.0.0.1:{ports['plain']}",
                "tls": f"https://127.0.0.1:{ports['tls']}",
                "distant": f"http://127.0.0.1:{distant}",
            },
            authority=str(folder / "authority.pem"),
            core=client_core,
        )
