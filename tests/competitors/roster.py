"""Who is compared: what each needs to be installed and generated, and the script that drives it."""

from collections.abc import Callable
from pathlib import Path

from attrs import frozen

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "specs"

Generate = Callable[[str, Path], tuple[str, ...]]
"""API and target folder; the command without the folder of its environment."""


def spec(api: str) -> str:
    """The path of an API's specification."""
    return str(SPECS / f"{api.replace('_', '-')}.yaml")


def plain_opc(api: str, target: Path) -> tuple[str, ...]:
    """As openapi-python-client's README shows, with its own templates; code without a project."""
    folder = str(target / f"opc_{api}")
    options = ("--meta", "none", "--overwrite", "--output-path", folder)
    return ("openapi-python-client", "generate", "--path", spec(api), *options)


def openapi_generator(api: str, target: Path) -> tuple[str, ...]:
    """The generator `python` with its defaults: urllib3 and pydantic."""
    folder = str(target / f"oag_{api}_project")
    options = ("-o", folder, "--package-name", f"oag_{api}")
    return ("openapi-generator-cli", "generate", "-g", "python", "-i", spec(api), *options)


def datamodel_client(api: str, target: Path) -> tuple[str, ...]:
    """The experimental client generator, with its defaults."""
    models = f"dcg_{api}_models"
    return (
        "datamodel-codegen",
        *("--input", spec(api), "--input-file-type", "openapi", "--formatters", "builtin"),
        *("--output", str(target / f"{models}.py"), "--output-model-type"),
        *("pydantic_v2.BaseModel", "--openapi-scopes", "schemas", "api"),
        *("--generate-client", "httpx2", "--client-output", str(target / f"dcg_{api}")),
        *("--client-package", f"dcg_{api}", "--client-model-package", models),
    )


@frozen(kw_only=True)
class Client:
    """One column of the table.

    Attributes:
        name: The column's heading.
        driver: The script under `drivers` that makes one cancel, and its further arguments.
        requirements: What pip installs; none for countermand, which runs where this runs.
        generate: The command that generates its client, if it has one.
        absent: Whether it is known to lack the operation, which is checked and not measured.
    """

    name: str
    driver: tuple[str, ...]
    requirements: tuple[str, ...] = ()
    generate: Generate | None = None
    absent: bool = False

    @property
    def script(self) -> tuple[str, ...]:
        """The driver's command line, without the interpreter."""
        return (str(HERE / "drivers" / self.driver[0]), *self.driver[1:])


HTTPX = "httpx==0.28.1"
COUNTERMAND = Client(name="countermand", driver=("countermand_client.py",))
RIVALS = (
    Client(
        name="openapi-python-client 0.29.1",
        driver=("opc.py",),
        requirements=("openapi-python-client==0.29.1", HTTPX),
        generate=plain_opc,
    ),
    Client(
        name="openapi-generator 7.26.0",
        driver=("oag.py",),
        requirements=(
            "openapi-generator-cli==7.26.0",
            "urllib3==2.8.0",
            "pydantic==2.14.3",
            "python-dateutil>=2.8.2",
            "typing-extensions>=4.7.1",
        ),
        generate=openapi_generator,
    ),
    Client(
        name="datamodel-code-generator 0.89.0, httpx2",
        driver=("dcg.py",),
        requirements=(
            "datamodel-code-generator==0.89.0",
            "httpx2==2.16.2",
            "pydantic[email]==2.14.3",
        ),
        generate=datamodel_client,
    ),
    Client(
        name="httpx-retries 0.6.0",
        driver=("retrying.py", "httpx-retries"),
        requirements=(HTTPX, "httpx-retries==0.6.0"),
    ),
    Client(
        name="httpx + stamina 26.1.0",
        driver=("retrying.py", "stamina"),
        requirements=(HTTPX, "stamina==26.1.0"),
    ),
    Client(
        name="httpx + tenacity 9.2.1",
        driver=("retrying.py", "tenacity"),
        requirements=(HTTPX, "tenacity==9.2.1"),
    ),
    Client(
        name="unzer 1.9.0",
        driver=("unzer_sdk.py",),
        requirements=("unzer==1.9.0",),
        absent=True,
    ),
)
