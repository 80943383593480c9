"""A scripted HTTP server on loopback, and a copy of the repository to try the generation in."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

# A generation that asks the network for anything must fail, in the generators' processes too.
NO_NETWORK = """
import socket

def refuse(*arguments):
    raise OSError("the generation must not use the network")

socket.socket.connect = refuse
"""


@attrs.frozen
class Received:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@attrs.define
class Provider:
    """A server's answer (status, headers, body), and the requests that it received.

    A body that is shorter than its Content-Length header says breaks off.
    """

    url: str
    answer: tuple[int, dict[str, str], bytes] = (204, {}, b"")
    received: list[Received] = attrs.field(factory=list)


class Handler(BaseHTTPRequestHandler):
    """Records each request and gives the scripted answer."""

    protocol_version = "HTTP/1.1"
    provider: Provider

    def handle_any(self) -> None:
        """Record the request, answer, and close the connection."""
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        request = Received(self.command, self.path, dict(self.headers.items()), body)
        self.provider.received.append(request)
        status, headers, content = self.provider.answer
        self.send_response(status, "Scripted")
        # One request per connection, announced, so that no client meets the closing by chance.
        length_and_end = {"Content-Length": str(len(content)), "Connection": "close"}
        for name, value in {**length_and_end, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names that the base asks for.

    def log_message(self, *arguments: object) -> None:
        """Keep the test output clean."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start a server whose answer a test sets."""

    class Scripted(Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Scripted) as server:
        Scripted.provider = Provider(f"http://127.0.0.1:{server.server_port}/base/v1")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield Scripted.provider
        finally:
            server.shutdown()
            thread.join()


@attrs.frozen
class Workspace:
    """A copy of specs/ and generated/, to try the generation in."""

    root: Path
    offline: Path
    temporary: Path

    @property
    def generated(self) -> Path:
        """The folder that the generation writes."""
        return self.root / "generated"

    def run(self, *arguments: str, hash_seed: str = "random") -> subprocess.CompletedProcess[str]:
        """Run the copy's own generate.py, without network."""
        environment = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": str(self.offline),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(self.temporary),
        }
        return subprocess.run(
            [sys.executable, self.root / "specs/codegen/generate.py", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Copy what the generation reads and writes; tests that change the copy must undo it."""
    root = tmp_path_factory.mktemp("repository")
    offline = tmp_path_factory.mktemp("offline")
    (offline / "sitecustomize.py").write_text(NO_NETWORK)
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in ("specs", "generated"):
        shutil.copytree(REPOSITORY / name, root / name, ignore=ignored)
    return Workspace(root, offline, tmp_path_factory.mktemp("temporary"))
