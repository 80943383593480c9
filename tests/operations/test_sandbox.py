"""`countermand sandbox` and `specs`."""

from __future__ import annotations

import shlex
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from countermand_ops.cli import _sandbox
from countermand_ops.cli._output import Output
from countermand_ops.cli._signals import Terminated
from countermand_ops.config import load
from tests.operations.running import Ran, run

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(stay: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> Ran:
    """Run the sandbox as long as the function runs."""
    code = _sandbox.serve(0, Output(as_json=True), stay)
    printed = capsys.readouterr()
    return Ran(code, printed.out, printed.err)


def test_every_printed_command_cancels(capsys: pytest.CaptureFixture[str]) -> None:
    """In another terminal, with the printed configuration, once for each provider."""
    codes: list[int] = []
    files: list[Path] = []

    def try_all() -> None:
        printed = Ran(0, capsys.readouterr().out, "")
        files.append(Path(printed.document["config"]))
        assert load(files[0]).file == files[0]
        codes.extend(run(*shlex.split(each)[1:]).code for each in printed.document["commands"])
        assert run("check", "--config", files[0]).code == 0

    assert serve(try_all, capsys).code == 0
    assert codes == [0] * 5
    assert not files[0].parent.exists()


@pytest.mark.parametrize("ending", [KeyboardInterrupt, Terminated])
def test_it_is_stopped_by_a_signal(
    ending: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    """That is its usual end."""

    def stop() -> None:
        raise ending

    ran = serve(stop, capsys)
    assert (ran.code, ran.err) == (0, "Stopped\n")


def test_a_port_that_is_taken_is_told() -> None:
    """In a line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run("sandbox", "--port", taken.getsockname()[1])
    assert (ran.code, "Address already in use" in ran.err) == (1, True)


def test_the_documents_are_listed_and_printed() -> None:
    """As YAML, or as JSON."""
    listed = run("specs", "--json")
    assert [each["name"] for each in listed.documents] == [
        "bento",
        "pace-fueling",
        "pace-pay",
        "unzer",
        "vtex",
    ]
    assert (
        Path(listed.documents[3]["path"]).read_text(encoding="utf-8") == run("specs", "unzer").out
    )
    assert run("specs").out.splitlines()[3] == f"unzer\t{listed.documents[3]['path']}"
    assert run("specs", "pace_pay", "--json").document["openapi"].startswith("3.1")
    unknown = run("specs", "unzr")
    assert (unknown.code, "no OpenAPI document for 'unzr'" in unknown.err) == (2, True)
