"""The processes of the run: four workers, a beat, and what kills a worker every few seconds."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import Factory, define, field

from tests.package.sources import ROOT

BROKER: Final = "DELIVERIES_BROKER"
"""The environment variable with the URL of the broker, which keeps the results, too."""
WORKERS: Final = 4
PROCESSES: Final = 4
"""Of each worker."""
CELERY: Final = (sys.executable, "-m", "celery", "--app", "tests.deliveries.app")
QUIET: Final = ("--without-gossip", "--without-mingle", "--without-heartbeat")


@define
class Worker:
    """A worker that can be killed, with all of its processes."""

    name: str
    log: Path
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        options = ("--hostname", f"{self.name}@%h", "--loglevel", "INFO")
        program = (*CELERY, "worker", *QUIET, *options, "--concurrency", str(PROCESSES))
        with self.log.open("ab") as lines:
            self._process = subprocess.Popen(
                program, cwd=ROOT, stdout=lines, stderr=lines, start_new_session=True
            )

    def kill(self) -> None:
        """Kill it, whatever it does."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Let it end what it does."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait()

    def count(self, pattern: str) -> int:
        """How many lines of its log have a pattern."""
        with self.log.open(encoding="utf-8", errors="replace") as lines:
            return sum(re.search(pattern, line) is not None for line in lines)


@define
class Fleet:
    """Four workers. One of them is killed every few seconds and started again."""

    folder: Path
    kill_every: float
    kills: int = 0
    _over: threading.Event = field(factory=threading.Event)
    workers: list[Worker] = Factory(
        lambda self: [
            Worker(f"worker-{number}", self.folder / f"worker-{number}.log")
            for number in range(WORKERS)
        ],
        takes_self=True,
    )

    def count(self, pattern: str) -> int:
        """How many lines of all logs have a pattern."""
        return sum(worker.count(pattern) for worker in self.workers)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the workers, the beat and the killer."""
        killer = threading.Thread(target=self._kill)
        with ExitStack() as stack:
            for worker in self.workers:
                worker.start()
                stack.callback(worker.stop)
            stack.enter_context(_beat(self.folder))
            killer.start()
            try:
                yield
            finally:
                self._over.set()
                killer.join()

    def _kill(self) -> None:
        while not self._over.wait(self.kill_every):
            worker = self.workers[self.kills % WORKERS]
            worker.kill()
            worker.start()
            self.kills += 1


@contextmanager
def _beat(folder: Path) -> Iterator[Any]:
    options = ("--schedule", str(folder / "schedule"), "--pidfile", "")
    with (folder / "beat.log").open("wb") as lines:
        program = (*CELERY, "beat", *options)
        with subprocess.Popen(program, cwd=ROOT, stdout=lines, stderr=lines) as process:
            try:
                yield process
            finally:
                process.terminate()
