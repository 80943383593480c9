"""Where the competitors live: one virtual environment each, with its generated client beside it."""

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from tests.competitors.roster import Client, spec
from tests.competitors.scenarios import APIS

COMMAND_TIMEOUT = 300.0
"""Seconds for one step of setting up."""


class SetupError(Exception):
    """A rival cannot be installed or generated here."""


@frozen(kw_only=True)
class Place:
    """An interpreter that can import a client, and where its generated code is."""

    python: str
    generated: tuple[str, ...] = ()


def prepare(client: Client, folder: Path) -> Place:
    """Install and generate, unless the same was done in this folder before.

    Raises `SetupError` with what the failing command said last.
    """
    if not client.requirements:
        return Place(python=sys.executable)
    home = folder / client.name.replace(" ", "-").replace(",", "")
    done, wanted = home / "done.txt", recipe(client)
    programs = home / ("Scripts" if sys.platform == "win32" else "bin")
    place = Place(python=str(programs / "python"), generated=(str(home / "generated"),))
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return place
    # virtualenv needs no ensurepip, which some systems' Pythons come without.
    creator = "virtualenv" if find_spec("virtualenv") else "venv"
    _step(sys.executable, "-m", creator, "--clear", str(home))
    _step(place.python, "-m", "pip", "install", "--quiet", *client.requirements)
    _generate(client, home, programs)
    done.write_text(wanted, encoding="utf-8")
    return place


def recipe(client: Client) -> str:
    """What an environment is made from; it is made anew where that changes."""
    sources = [Path(spec(api)).read_bytes() for api in APIS] if client.generate else []
    return "\n".join([*client.requirements, hashlib.sha256(b"".join(sources)).hexdigest()])


def _generate(client: Client, home: Path, programs: Path) -> None:
    target = home / "generated"
    target.mkdir(exist_ok=True)
    for api in APIS if client.generate else ():
        assert client.generate
        program, *arguments = client.generate(api, target)
        _step(str(programs / program), *arguments, path=programs)


def _step(*command: str, path: Path | None = None) -> None:
    # The generators call formatters by name, and must find those of their own environment.
    places = [str(path)] if path else []
    environment = {**os.environ, "PATH": os.pathsep.join([*places, os.environ.get("PATH", "")])}
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT,
            env=environment,
        )
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout).strip().splitlines()
        said = [line for line in lines if "error" in line.lower()] or lines
        raise SetupError(f"{Path(command[0]).name}: {''.join(said[-1:])}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(str(error)) from error
