"""The generators, and how what they write is built and run here.

What cannot be done here is said by `Missing`, and never counts as passed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from attrs import field, frozen

from specs.publishing import node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from specs.publishing.site.samples import Call
    from tests.publishing.matrix.cases import Case

PROGRAMS: Final[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("programs.yaml").read_text(encoding="utf-8")
)
"""What teams would write with each client."""

VERSIONS: Final = {
    "openapi-generator": "7.26.0",
    "openapi-python-client": "0.29.1",
    "datamodel-code-generator": "0.89.0",
    "openapi-typescript": "7.13.0",
    "orval": "8.38.0",
    "zod": "4.6.7",
    "swagger-parser": "13.1.0",
}
CRATES: Final = Path("/usr/share/cargo/registry")
ANNOTATIONS: Final = Path("/usr/share/java/geronimo-annotation-1.3-spec.jar")
"""`javax.annotation.Generated`, which left Java with version 11."""
GO_PATH: Final = Path("/usr/share/gocode/src")
GO_LIBRARIES: Final = {
    "golang.org/x/oauth2": ("", "internal"),
    "golang.org/x/net": ("context/ctxhttp",),
    "gopkg.in/validator.v2": ("",),
}
"""What generated Go code stands on, and the folders of it; Debian has the sources."""


class Failed(Exception):  # noqa: N818  # It is what the matrix shows, and no error of ours.
    """A step that the tool did not do; the message is its own first word on it."""


class Missing(Exception):  # noqa: N818
    """A step that cannot be tried here; the message says why."""


def run(command: Sequence[str], folder: Path, stdin: str = "", **environment: str) -> str:
    """Run a program to its end, and return what it wrote."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **node.QUIET, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if done.returncode != 0:
        raise Failed(_telling(f"{done.stdout}\n{done.stderr}", folder))
    return done.stdout


def _telling(output: str, folder: Path) -> str:
    """The first line of an output that names an error."""
    lines = [line.strip().replace(f"{folder}/", "") for line in output.splitlines()]
    lines = [line for line in lines if not line.startswith("#")]
    words = ("error", "panic", "exception", "cannot", "undefined", "redeclared")
    named = [line for line in lines if any(word in line.casefold() for word in words)]
    found = next(iter([*named, *filter(None, lines)]), "no output")
    return found.replace(str(folder.parent), "")[:300]


@frozen
class Tool(ABC):
    """A generator with the flags that it is given, default ones if empty.

    `nothing` says why it reads no answers or sends no requests; `sample` is the label of the site's
    request samples for its clients, if there are any that it compiles.
    """

    name: str
    tool: str
    flags: tuple[str, ...] = ()
    note: str = ""
    nothing: str = ""
    sample: str = ""

    @property
    def version(self) -> str:
        """The pinned version."""
        return VERSIONS[self.tool]

    @abstractmethod
    def generate(self, document: Path, folder: Path) -> None:
        """Write a client into a folder, from a document."""

    def build(self, folder: Path) -> None:  # noqa: ARG002
        """Compile what was generated, strictly where the language has a strict mode."""
        raise Missing(self.nothing)

    def read(self, folder: Path, cases: Sequence[Case]) -> list[str]:  # noqa: ARG002
        """What the client makes of each answer: JSON, or `!` and why it refused it."""
        raise Missing(self.nothing)

    def reads(self, case: Case) -> bool:  # noqa: ARG002
        """Whether the tool writes anything for this answer."""
        return True

    def send(self, folder: Path, api: str, address: str) -> None:  # noqa: ARG002
        """Cancel with it."""
        raise Missing(self.nothing)

    def compile_sample(self, folder: Path, call: Call, source: str) -> None:  # noqa: ARG002
        """Compile the site's sample of a call beside the client."""
        raise Missing(self.nothing)


def filled(text: str, **names: str) -> str:
    """A program with what belongs between its signs."""
    for name, value in names.items():
        text = text.replace(f"@{name}@", value)
    return text


def reading(language: str, cases: Sequence[Case]) -> str:
    """The program that reads the answers."""
    programs = PROGRAMS[language]
    names = dict.fromkeys(case.schema for case in cases)
    listed = "\n".join(filled(programs["case"], name=name) for name in names)
    return filled(programs["read"], cases=listed)


def sending(language: str, api: str) -> str:
    """The program that cancels."""
    programs = PROGRAMS[language]
    return filled(programs["send"], send=programs["sends"][api].rstrip("\n"))


def _questions(cases: Sequence[Case]) -> str:
    """The answers, for a reading program."""
    return json.dumps(
        [
            {
                "schema": case.schema,
                "operation": case.operation,
                "status": case.status,
                "body": case.text,
            }
            for case in cases
        ]
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@frozen
class OpenApiGenerator(Tool):
    """openapi-generator; the wheel holds the program, which needs a Java machine."""

    tool: str = "openapi-generator"
    generator: str = ""

    def generate(self, document: Path, folder: Path) -> None:
        """Write the client below `client`."""
        options = ("-i", document, "-g", self.generator, "-o", folder / "client", *self.flags)
        run(("java", "-jar", jar(), "generate", *map(str, options)), folder)


def jar() -> Path:
    """The program inside its wheel."""
    found = find_spec("openapi_generator_cli")
    if found is None or not found.submodule_search_locations:
        raise Missing("openapi-generator-cli is not installed; run: nox -s matrix")
    return Path(found.submodule_search_locations[0], "openapi-generator.jar")


@frozen
class TypeScript(OpenApiGenerator):
    """typescript-fetch, compiled in TypeScript's strict mode."""

    generator: str = "typescript-fetch"
    modules: Path = field(default=Path(), kw_only=True)

    def build(self, folder: Path) -> None:
        """Check the client in strict mode."""
        _tsc(folder, "client/index.ts")

    def read(self, folder: Path, cases: Sequence[Case]) -> list[str]:
        """Read each answer by the function of its model, and write it again."""
        _write(folder / "read.ts", reading("typescript", cases))
        program = _bundled(folder, self.modules, "read.ts")
        return run(("node", program), folder, _questions(cases)).splitlines()

    def send(self, folder: Path, api: str, address: str) -> None:
        """Cancel by the operation's method."""
        _write(folder / "send.ts", sending("typescript", api))
        run(("node", _bundled(folder, self.modules, "send.ts"), address), folder)


def _tsc(folder: Path, *files: str) -> None:
    """Check TypeScript in strict mode."""
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(node.FOLDER / "node_modules")
    options = ("--strict", "--noEmit", "--target", "es2022", "--module", "esnext")
    resolution = ("--moduleResolution", "bundler")
    run(node.command("tsc", *options, *resolution, *files), folder)


def _bundled(folder: Path, modules: Path, program: str) -> str:
    """Bundle a program for Node, and return its file."""
    target = program.replace(".ts", ".mjs")
    options = ("--bundle", "--platform=node", "--format=esm", f"--outfile={target}")
    run((str(modules / ".bin/esbuild"), program, "--log-level=error", *options), folder)
    return target


@frozen
class Go(OpenApiGenerator):
    """Go with Debian's compiler, and Debian's copy of the one library that is asked for."""

    generator: str = "go"
    sample: str = "Go"

    def build(self, folder: Path) -> None:
        """Build and vet the package."""
        if shutil.which("go") is None:
            raise Missing("no Go compiler; install Debian's golang-go")
        shutil.rmtree(folder / "client/test", ignore_errors=True)
        for name in ("go.mod", "go.sum"):
            (folder / "client" / name).unlink(missing_ok=True)
        module = "module example.com/matrix\n\ngo 1.19\n"
        for name, parts in GO_LIBRARIES.items():
            if not (GO_PATH / name).exists():
                raise Missing(f"no sources of {name}; install Debian's package of it")
            copied = folder / "libraries" / name
            for source in parts:
                for path in (GO_PATH / name / source).glob("*.go"):
                    if not path.name.endswith("_test.go"):
                        _write(copied / source / path.name, path.read_text(encoding="utf-8"))
            _write(copied / "go.mod", f"module {name}\n\ngo 1.19\n")
            version = "v2.0.0" if name.endswith(".v2") else "v0.0.0"
            module += f"\nrequire {name} {version}\nreplace {name} => ./libraries/{name}\n"
        _write(folder / "go.mod", module)
        self._go(folder, "vet", "./client")

    def read(self, folder: Path, cases: Sequence[Case]) -> list[str]:
        """Read each answer with encoding/json, and write it again."""
        _write(folder / "read/main.go", reading("go", cases))
        return self._go(folder, "run", "./read", stdin=_questions(cases)).splitlines()

    def send(self, folder: Path, api: str, address: str) -> None:
        """Cancel by the operation's method."""
        _write(folder / "send/main.go", sending("go", api))
        self._go(folder, "run", "./send", address)

    def compile_sample(self, folder: Path, call: Call, source: str) -> None:
        """Vet it; the client is where this module has it."""
        text = source.replace(f'"{call.go_module}"', '"example.com/matrix/client"')
        _write(folder / f"samples/{call.snake}/main.go", text)
        self._go(folder, "vet", f"./samples/{call.snake}")

    def _go(self, folder: Path, *arguments: str, stdin: str = "") -> str:
        settings = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GONOSUMDB": "*", "GOSUMDB": "off"}
        return run(("go", *arguments), folder, stdin, **settings)


@frozen
class Rust(OpenApiGenerator):
    """Rust with Debian's crates, which are older than those that the generator asks for."""

    generator: str = "rust"

    def build(self, folder: Path) -> None:
        """Build the crate, models and requests."""
        if shutil.which("cargo") is None or not (CRATES / "reqwest-0.11.13").exists():
            raise Missing("no Rust with Debian's librust-reqwest-dev and librust-serde-repr-dev")
        source = '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\n'
        _write(folder / ".cargo/config.toml", f'{source}directory = "{CRATES}"\n')
        _write(folder / "serde_with/src/lib.rs", PROGRAMS["rust"]["serde_with"])
        _write(folder / "serde_with/Cargo.toml", _crate("serde_with", 'serde = "1"'))
        _write(folder / "client/Cargo.toml", _crate("client", PROGRAMS["rust"]["client"]))
        _write(folder / "program/Cargo.toml", _crate("program", PROGRAMS["rust"]["program"]))
        _write(folder / "program/src/bin/nothing.rs", "fn main() {}\n")
        self._cargo(folder / "client", "build")

    def read(self, folder: Path, cases: Sequence[Case]) -> list[str]:
        """Read each answer with serde, and write it again."""
        _write(folder / "program/src/bin/read.rs", reading("rust", cases))
        done = self._cargo(folder / "program", "run", "--bin", "read", stdin=_questions(cases))
        return done.splitlines()

    def send(self, folder: Path, api: str, address: str) -> None:
        """Cancel by the operation's function."""
        _write(folder / "program/src/bin/send.rs", sending("rust", api))
        self._cargo(folder / "program", "run", "--bin", "send", "--", address)

    def _cargo(self, folder: Path, *arguments: str, stdin: str = "") -> str:
        command, *rest = arguments
        shared = str(folder.parents[3] / "cargo-target")
        found = ("cargo", command, "--offline", "--quiet", *rest)
        return run(found, folder, stdin, CARGO_TARGET_DIR=shared)


def _crate(name: str, needs: str) -> str:
    head = f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n'
    return f"{head}\n[dependencies]\n{needs}\n"


@frozen
class Java(OpenApiGenerator):
    """Java with the library `native`, compiled against the Jackson that the generator brings."""

    generator: str = "java"
    sample: str = "Java"

    def build(self, folder: Path) -> None:
        """Compile all sources; Java has no strict mode."""
        self._javac(folder, "client/src/main/java")

    def read(self, folder: Path, cases: Sequence[Case]) -> list[str]:
        """Read each answer with the client's own mapper, and write it again."""
        _write(folder / "read/Read.java", reading("java", cases))
        self._javac(folder, "read")
        return self._java(folder, "Read", stdin=_questions(cases)).splitlines()

    def send(self, folder: Path, api: str, address: str) -> None:
        """Cancel by the operation's method."""
        model = folder / "client/src/main/java/org/openapitools/client/model"
        longs = any(
            "private Long" in path.read_text("utf-8") for path in model.glob("*Request.java")
        )
        number = {"bento": "5000", "vtex": "5"}.get(api, "") + ("L" if longs else "")
        _write(folder / "send/Send.java", filled(sending("java", api), number=number))
        self._javac(folder, "send")
        self._java(folder, "Send", address)

    def compile_sample(self, folder: Path, call: Call, source: str) -> None:
        """Compile it in a file with the name of its class."""
        place = f"samples/{call.snake}"
        _write(folder / place / f"{call.id[:1].upper()}{call.id[1:]}.java", source)
        self._javac(folder, place)

    def _javac(self, folder: Path, sources: str) -> None:
        if shutil.which("javac") is None or not ANNOTATIONS.exists():
            raise Missing(
                "no default-jdk-headless and libgeronimo-annotation-1.3-spec-java of Debian"
            )
        files = [str(path) for path in (folder / sources).rglob("*.java")]
        run(("javac", "-nowarn", "-cp", self._path(), "-d", "classes", *files), folder)

    def _java(self, folder: Path, *arguments: str, stdin: str = "") -> str:
        return run(("java", "-cp", self._path(), *arguments), folder, stdin)

    def _path(self) -> str:
        return os.pathsep.join(["classes", str(jar()), str(ANNOTATIONS)])


@frozen
class OpenApiTypescript(Tool):
    """openapi-typescript: types only, which check nothing when an answer comes."""

    tool: str = "openapi-typescript"

    def generate(self, document: Path, folder: Path) -> None:
        """Write the types."""
        run(node.command("openapi-typescript", str(document), "-o", "client.ts"), folder)

    def build(self, folder: Path) -> None:
        """Check the types in strict mode."""
        _tsc(folder, "client.ts")


@frozen
class Orval(Tool):
    """orval with zod: schemas that check an answer to a 2xx; it writes none for an error."""

    tool: str = "orval"
    modules: Path = field(default=Path(), kw_only=True)

    def generate(self, document: Path, folder: Path) -> None:
        """Write the zod schemas."""
        (folder / "node_modules").symlink_to(self.modules)
        target = {"target": "client.ts", "client": "zod"}
        config = {"api": {"input": str(document), "output": target}}
        _write(folder / "orval.config.cjs", f"module.exports = {json.dumps(config)};\n")
        program = str(self.modules / ".bin/orval")
        run((program, "--config", "orval.config.cjs"), folder)

    def build(self, folder: Path) -> None:
        """Check the schemas in strict mode."""
        _tsc(folder, "client.ts")

    def read(self, folder: Path, cases: Sequence[Case]) -> list[str]:
        """Parse each answer to a 2xx by the schema of its operation."""
        _write(folder / "read.ts", PROGRAMS["zod"]["read"])
        names = (f"{case.operation[:1].upper()}{case.operation[1:]}Response" for case in cases)
        asked = [
            {"schema": name, "body": case.text} for name, case in zip(names, cases, strict=True)
        ]
        program = _bundled(folder, self.modules, "read.ts")
        return run(("node", program), folder, json.dumps(asked)).splitlines()

    def reads(self, case: Case) -> bool:
        """Only answers to a 2xx."""
        return case.status.startswith("2")


@frozen
class PythonClient(Tool):
    """openapi-python-client as it is published, without our templates."""

    tool: str = "openapi-python-client"

    def generate(self, document: Path, folder: Path) -> None:
        """Write the package `client`, and fail where something was left out."""
        options = ("--meta", "none", "--output-path", "client", "--fail-on-warning")
        run(("openapi-python-client", "generate", "--path", str(document), *options), folder)

    def build(self, folder: Path) -> None:
        """Import every module."""
        _import_all(folder)

    def read(self, folder: Path, cases: Sequence[Case]) -> list[str]:
        """Read each answer by the class of its model, and write it again."""
        return _python(folder, PROGRAMS[self.tool]["read"], cases)

    def send(self, folder: Path, api: str, address: str) -> None:
        """Cancel by the operation's function."""
        programs = PROGRAMS[self.tool]
        _write(folder / "send.py", filled(programs["send"], **programs["sends"][api]))
        run((sys.executable, "send.py", address), folder)


@frozen
class DataModels(Tool):
    """datamodel-code-generator: Pydantic models, and no client."""

    tool: str = "datamodel-code-generator"

    def generate(self, document: Path, folder: Path) -> None:
        """Write the module `client.models`."""
        _write(folder / "client/__init__.py", "")
        options = ("--output", "client/models.py", "--output-model-type", "pydantic_v2.BaseModel")
        command = ("datamodel-codegen", "--input", str(document), "--input-file-type", "openapi")
        run((*command, *options), folder)

    def build(self, folder: Path) -> None:
        """Import the module."""
        _import_all(folder)

    def read(self, folder: Path, cases: Sequence[Case]) -> list[str]:
        """Validate each answer, and write it again."""
        return _python(folder, PROGRAMS[self.tool]["read"], cases)


def _import_all(folder: Path) -> None:
    text = (
        "import importlib, pkgutil, client\n"
        "for each in pkgutil.walk_packages(client.__path__, 'client.'):\n"
        "    importlib.import_module(each.name)\n"
    )
    _write(folder / "load.py", text)
    run((sys.executable, "-W", "error", "load.py"), folder)


def _python(folder: Path, program: str, cases: Sequence[Case]) -> list[str]:
    _write(folder / "read.py", program)
    return run((sys.executable, "read.py"), folder, _questions(cases)).splitlines()


@frozen
class SwaggerParser(Tool):
    """swagger-parser, which many tools use to read documents; it generates nothing."""

    tool: str = "swagger-parser"
    modules: Path = field(default=Path(), kw_only=True)

    def generate(self, document: Path, folder: Path) -> None:
        """Validate the document."""
        (folder / "node_modules").symlink_to(self.modules)
        text = (
            "const {default: parser} = await import('@apidevtools/swagger-parser');\n"
            f"await parser.validate({json.dumps(str(document))});\n"
        )
        _write(folder / "validate.mjs", text)
        run(("node", "validate.mjs"), folder)
