"""The direction of imports of the second package."""

from __future__ import annotations

from typing import Final

from tests.package.sources import MODULES, ROOT, imported, roots
from tests.package.test_imports import loaded_by

OPERATIONS: Final = ROOT / "operations" / "countermand_ops"
FILES: Final = sorted(OPERATIONS.rglob("*.py"))
CLI: Final = OPERATIONS / "cli"


def test_nothing_below_imports_the_operations() -> None:
    """The overlay stays thin."""
    assert not [name for name, path in MODULES.items() if "countermand_ops" in roots(path)]


def test_only_the_command_line_imports_its_libraries() -> None:
    """Queues and bulk use configuration and exit codes without it."""
    for path in FILES:
        if CLI not in path.parents:
            assert not {"typer", "rich"} & roots(path), path
            assert not [name for name in imported(path) if name.startswith("countermand_ops.cli")]


def test_only_the_tasks_import_celery() -> None:
    """It is an extra."""
    users = {path.parent.name for path in FILES if "celery" in roots(path)}
    assert users == {"celery"}


def test_the_configuration_loads_no_library_of_the_command_line() -> None:
    """Nor does anything else that a worker loads."""
    paths = f"import sys; sys.path.insert(0, {str(ROOT / 'operations')!r}); "
    loaded = loaded_by(f"{paths}import countermand_ops.config, countermand_ops.exit_codes")
    assert not {"typer", "rich", "asyncio"} & loaded


def test_only_what_starts_a_sandbox_imports_it() -> None:
    """And only when it runs: it is an extra."""
    users = [
        path for path in FILES if any(n.startswith("countermand.sandbox") for n in imported(path))
    ]
    assert [path.name for path in users] == ["_sandbox.py", "pytest_plugin.py"]
