"""Running the two generators on one specification."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
import specification

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
COMMAND = "nox -s generate"


class ToolFailedError(Exception):
    """A generator refused its input; the message holds what it printed."""


def make_client(spec: Path, target: Path, scratch: Path) -> None:
    """Generate the client package of one API into `target`, facts included.

    Raises:
        ToolFailedError: the generator failed or warned.
        SpecificationError: an operation lacks its facts.
    """
    document = specification.load(spec)
    templates = scratch / f"templates-{target.name}"
    shutil.copytree(TEMPLATES, templates)
    # The generator hands no extension fields to its templates, so the names travel beside them.
    names = specification.open_enums(document)
    (templates / "open_enums.jinja").write_text(f"{{% set open_enums = {names!r} %}}\n")
    target.mkdir(parents=True)
    # Written first, because the generator's hooks then format it with the rest.
    (target / "operations.py").write_text(_operations(spec, document), encoding="utf-8")
    _run(
        "openapi_python_client",
        "generate",
        f"--path={spec}",
        "--meta=none",
        f"--config={HERE / 'openapi-python-client.yaml'}",
        f"--custom-template-path={templates}",
        f"--output-path={target}",
        "--overwrite",
        "--fail-on-warning",
        folder=scratch,
    )
    for path in sorted(target.rglob("*.py")):
        add_banner(path, f"specs/{spec.name}", by="openapi-python-client")


def make_models(spec: Path, target: Path, scratch: Path) -> None:
    """Generate the server-side models of one API into the module `target`.

    Raises:
        ToolFailedError: the generator failed.
    """
    folder = scratch / f"models-{target.stem}"
    folder.mkdir()
    shutil.copy(HERE / "datamodel-codegen.toml", folder / "pyproject.toml")
    header = banner(f"specs/{spec.name}", by="datamodel-code-generator")
    made = folder / target.name
    arguments = (f"--input={spec}", f"--output={made}", f"--custom-file-header={header}")
    _run("datamodel_code_generator", *arguments, folder=folder)
    module = _with_integers(_without_calls(made.read_text(encoding="utf-8")))
    target.write_text(module, encoding="utf-8")


def _without_calls(module: str) -> str:
    """Replace pydantic's functions that make a constrained type, which no type checker reads."""
    for function, kind in (("constr", "StrictStr"), ("confloat", "StrictFloat")):
        if f"    {function},\n" in module:
            known = f"    {kind},\n" in module
            module = module.replace(f"    {function},\n", "" if known else f"    {kind},\n")
            made = re.compile(rf"\b{function}\((.*?), strict=True\)")
            module = made.sub(rf"Annotated[{kind}, Field(\1)]", module)
    return module


def _with_integers(module: str) -> str:
    """Replace pydantic's strict integer, which refuses 12.0, by JSON Schema's."""
    if "StrictInt" not in module:
        return module
    imports, separator, rest = module.partition("\n\n\n")
    imports = re.sub(r"(?m)^    StrictInt,\n| StrictInt,|, StrictInt$", "", imports)
    return f"{imports}\n\nfrom .numbers import Integer{separator}" + rest.replace(
        "StrictInt", "Integer"
    )


def banner(origin: str, by: str | None = None) -> str:
    """Return the comment that names the origin, the tool, and the one command."""
    tool = f" by {by} {version(by)}" if by else ""
    return f"# Generated from {origin}{tool}. Do not edit; run: {COMMAND}"


def add_banner(path: Path, origin: str, by: str | None = None) -> None:
    """Put the banner above a generated module."""
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{banner(origin, by)}\n{text}", encoding="utf-8")


def _operations(spec: Path, document: dict[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - Python source is rendered, no HTML.
    )
    environment.filters["python"] = repr
    return environment.get_template("operations.py.jinja").render(
        api=specification.api_name(spec),
        title=document["info"]["title"],
        servers=[server["url"] for server in document["servers"]],
        operations=list(specification.operations(document)),
    )


def _run(module: str, *arguments: str, folder: Path) -> None:
    # The hooks call ruff by name: the one beside this interpreter, and no other.
    scripts = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "default",
    }
    finished = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise ToolFailedError(f"{module} {' '.join(arguments)}\n{finished.stdout}{finished.stderr}")
