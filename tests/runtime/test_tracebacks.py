"""No traceback with local variables shows a credential, whoever prints it."""

from __future__ import annotations

import subprocess
import sys
import traceback
from traceback import TracebackException

from tests.support.failures import failures, leaks


def shown(error: BaseException) -> str:
    """The traceback with every local variable, as `pytest -l` and `cgitb` print it."""
    return "".join(TracebackException.from_exception(error, capture_locals=True).format())


def test_a_traceback_with_local_variables_shows_no_credential() -> None:
    """Whatever a call or a constructor raises, with its causes and contexts."""
    found = {name: shown(error) for name, error in failures()}
    assert len(found) > 80
    assert {name: leaks(text) for name, text in found.items() if leaks(text)} == {}


def test_an_error_tracker_uploads_no_credential() -> None:
    """In a process of its own: the SDK's defaults patch the standard library."""
    ran = subprocess.run(
        (sys.executable, "-m", "tests.support.error_tracker"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines()[-1:] == ["uploads with a credential: {}"], ran.stderr
    assert int(ran.stdout.splitlines()[0].partition(": ")[2]) > 80


def test_an_interruption_is_raised_without_the_frames_of_the_exchange() -> None:
    """They hold the request, also in the variables of libraries that know nothing of secrets."""
    interrupted = next(error for name, error in failures() if name.endswith("time limit"))
    files = [frame.filename for frame in traceback.extract_tb(interrupted.__traceback__)]
    assert files[-1].endswith("_runtime/driver.py")
