"""`python -m tests.publishing.matrix`: runs every generator on every edition.

What is measured is written to specs/publishing/site/matrix.json, which the site shows. The exit
status is 1 where a portable edition does not pass with a tool and the flags that are named for it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from specs.publishing.artefacts.portable import portable
from specs.publishing.document import read
from specs.publishing.publish import publish
from specs.publishing.site import samples, sources
from specs.publishing.snapshots import ROOT, Snapshot
from tests.publishing.matrix.cases import CHECKS, SENDS, Case, cases, lost
from tests.publishing.matrix.toolchains import (
    VERSIONS,
    DataModels,
    Failed,
    Go,
    Java,
    Missing,
    OpenApiGenerator,
    OpenApiTypescript,
    Orval,
    PythonClient,
    Rust,
    SwaggerParser,
    Tool,
    TypeScript,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from specs.publishing.site.sources import Api

RESULT: Final = ROOT / "specs/publishing/site/matrix.json"
NODE_PACKAGES: Final = {
    "orval": "orval",
    "zod": "zod",
    "swagger-parser": "@apidevtools/swagger-parser",
}
YES: Final = "yes"

Request = tuple[str, dict[str, str], bytes]
"""Path, headers by their names in lower case, and body."""


def tools(modules: Path) -> tuple[Tool, ...]:
    """Every tool, in the order of the page."""
    return (
        TypeScript("typescript-fetch", note="openapi-generator", modules=modules),
        Go("go", note="openapi-generator"),
        Rust("rust", note="openapi-generator; requests built with reqwest 0.11"),
        Java(
            "java, native",
            flags=("--library", "native", "--additional-properties", "openApiNullable=false"),
            note="openapi-generator",
        ),
        OpenApiGenerator(
            "java, okhttp-gson",
            generator="java",
            note="openapi-generator, its default library",
            nothing="not compiled: OkHttp 4 and gson-fire are in no registry of this project",
        ),
        OpenApiTypescript(
            "openapi-typescript", nothing="types only, which do nothing when an answer comes"
        ),
        Orval(
            "orval with zod",
            note="schemas of the answers to a 2xx; errors have none",
            nothing="schemas only, which send nothing",
            modules=modules,
        ),
        PythonClient("openapi-python-client"),
        DataModels("datamodel-code-generator", nothing="models only, which send nothing"),
        SwaggerParser(
            "swagger-parser", nothing="it reads documents and generates nothing", modules=modules
        ),
    )


def documents(folder: Path, api: str) -> dict[str, Path]:
    """Write both editions of an API, and return their paths."""
    text = Snapshot(ROOT).files(api).specification or b""
    exact, made = folder / f"{api}.yaml", folder / f"{api}-portable.json"
    exact.write_bytes(text)
    made.write_text(json.dumps(portable(read(text))), encoding="utf-8")
    return {"exact": exact, "portable": made}


def measure(
    tool: Tool, document: Path, folder: Path, api: str, asked: Sequence[Case]
) -> dict[str, str]:
    """What one tool makes of one document: `yes`, `no: ...` or `not here: ...` for each step."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    steps = {
        "generates": lambda: tool.generate(document, folder),
        "compiles": lambda: tool.build(folder),
    }
    found: dict[str, str] = {}
    for name, step in steps.items():
        found[name] = outcome(step)
        if found[name] != YES:
            return found
    asked = [case for case in asked if tool.reads(case)]
    reads = {check: YES for check in CHECKS if any(case.check == check for case in asked)}
    answer: list[str] = []
    said = outcome(lambda: answer.extend(tool.read(folder, asked)))
    if said == YES and len(answer) != len(asked):
        said = f"no: {len(answer)} of {len(asked)} answers were read"
    if said != YES:
        reads, answer = dict.fromkeys(reads, said), []
    for case, line in zip(asked, answer, strict=False):
        why = line[1:] if line.startswith("!") else lost(case, json.loads(line))
        if why and reads[case.check] == YES:
            reads[case.check] = f"no: {case.operation} {case.status}: {why}"[:300]
    requests: list[Request] = []
    found |= {**reads, "sends": outcome(lambda: sent(tool, folder, api, requests))}
    accept = SENDS[api].accept
    if accept and requests:
        asked_for = requests[0][1].get("accept", "nothing")
        found["accept"] = YES if asked_for == accept else f"by hand: asks for {asked_for}"
    return found


def compile_samples(tool: Tool, folder: Path, api: Api) -> None:
    """Compile what the site shows of each call; it is written for the portable edition."""
    for operation in api.operations:
        made = samples.samples(api, operation)
        source = next(each.source for each in made if each.label == tool.sample)
        tool.compile_sample(folder, samples.call(api, operation), source)


def outcome(step: Any) -> str:
    """Take a step, and say how it went."""
    try:
        step()
    except Failed as failure:
        return f"no: {failure}"
    except Missing as missing:
        return f"not here: {missing}"
    return YES


def sent(tool: Tool, folder: Path, api: str, requests: list[Request]) -> None:
    """Cancel, and compare the request with what was told."""
    expected = SENDS[api]
    with server(requests) as address:
        tool.send(folder, api, address)
    if not requests:
        raise Failed("no request came")
    path, headers, body = requests[0]
    if path != expected.path:
        raise Failed(f"sent to {path}")
    form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    told = (dict(parse_qsl(body.decode())) if form else json.loads(body)) if body else None
    # Some clients write a list that nobody set, as an empty one.
    told = {name: value for name, value in told.items() if value != []} if told else told
    if told != expected.body:
        raise Failed(f"sent {body!r} as {headers.get('content-type')}")


@contextmanager
def server(requests: list[Request]) -> Iterator[str]:
    """A server that answers every request with an empty object, and remembers it."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            requests.append((self.path, headers, self.rfile.read(size)))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}"
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def install_node_packages(folder: Path) -> Path:
    """Install the Node tools that only the matrix uses, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {package: VERSIONS[name] for name, package in NODE_PACKAGES.items()}
    described = json.dumps({"private": True, "dependencies": wanted})
    file = folder / "package.json"
    if not file.exists() or file.read_text(encoding="utf-8") != described:
        file.write_text(described, encoding="utf-8")
        command = ("npm", "install", "--silent", "--ignore-scripts", "--no-audit")
        subprocess.run(command, cwd=folder, check=True)
    return folder / "node_modules"


def measure_tool(tool: Tool, work: Path, apis: Sequence[Api]) -> dict[str, dict[str, Any]]:
    """What one tool makes of each edition of each API, by their names."""
    cells: dict[str, dict[str, Any]] = {"exact": {}, "portable": {}}
    name = tool.name.replace(", ", "-").replace(" ", "-")
    for api in apis:
        paths = documents(work, api.name)
        asked = list(cases(api.name, read(paths["exact"].read_bytes())))
        for edition, path in paths.items():
            folder = work / "made" / edition / name / api.name
            found = measure(tool, path, folder, api.name, asked)
            if edition == "portable" and tool.sample and found.get("compiles") == YES:
                found["samples"] = outcome(partial(compile_samples, tool, folder, api))
            cells[edition][api.name] = found
            wrong = {step: said for step, said in found.items() if said.startswith("no")}
            print(f"{tool.name}, {edition}, {api.name}: {wrong or YES}", flush=True)  # noqa: T201
    return cells


def keep(row: dict[str, Any], order: Sequence[str]) -> None:
    """Write one tool's result into the file, beside those of the others."""
    known = {row["name"]: row}
    if RESULT.exists():
        rows = json.loads(RESULT.read_text(encoding="utf-8"))["tools"]
        known = {each["name"]: each for each in rows} | known
    result = {"checks": CHECKS, "tools": [known[name] for name in order if name in known]}
    RESULT.write_text(f"{json.dumps(result, indent=1)}\n", encoding="utf-8")


def main() -> int:
    """Measure what is asked for, and write it where everything was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.publishing.matrix", description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(".nox/matrix"), help="where to work")
    parser.add_argument("--tool", action="append", help="only this one; the rest stays")
    parser.add_argument("--api", action="append", help="only this one; nothing is written")
    options = parser.parse_args()
    work = options.work.resolve()
    every = tools(install_node_packages(work / "node"))
    chosen = [tool for tool in every if tool.name in (options.tool or [t.name for t in every])]
    publish(work / "tree")
    published = {api.name: api for api in sources.apis(work / "tree")}
    failed = 0
    for tool in chosen:
        cells = measure_tool(tool, work, [published[api] for api in options.api or SENDS])
        found = chain.from_iterable(steps.values() for steps in cells["portable"].values())
        failed += sum(said.startswith("no:") for said in found)
        if not options.api:
            told = {"name": tool.name, "tool": tool.tool, "version": tool.version}
            row = {**told, "flags": " ".join(tool.flags), "note": tool.note, **cells}
            keep(row, [each.name for each in every])
    print(f"{failed} steps of portable editions failed")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
