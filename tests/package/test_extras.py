"""A missing extra is named."""

from __future__ import annotations

import subprocess
import sys

import pytest

from countermand._extras import extra


def test_a_missing_module_of_another_distribution_names_the_extra() -> None:
    """And what to install."""
    with pytest.raises(ModuleNotFoundError) as missing, extra("postgresql", "countermand.ledger"):
        raise ModuleNotFoundError("gone", name="psycopg.rows", path="/x")
    assert str(missing.value) == (
        "countermand.ledger needs psycopg.rows, which the extra 'postgresql' brings: "
        "pip install 'countermand[postgresql]'"
    )
    assert (missing.value.name, missing.value.path) == ("psycopg.rows", "/x")


@pytest.mark.parametrize("name", ["countermand", "countermand.no_such_module"])
def test_a_missing_module_of_ours_is_no_extra(name: str) -> None:
    """That is a broken installation."""
    with (
        pytest.raises(ModuleNotFoundError, match=r"^gone$"),
        extra("postgresql", "countermand.ledger"),
    ):
        raise ModuleNotFoundError("gone", name=name)


@pytest.mark.parametrize(
    ("missing", "statement", "extra"),
    [
        (
            "psycopg",
            "from countermand import Ledger; Ledger('postgresql://h/n')",
            "postgresql",
        ),
        ("celery", "import countermand_ops.celery", "celery"),
        ("starlette", "import countermand.sandbox", "sandbox"),
        ("openapi_core", "import countermand.sandbox.demo", "sandbox"),
        ("yaml", "import countermand.specs; countermand.specs.load('unzer')", "sandbox"),
    ],
)
def test_a_missing_extra_is_named(missing: str, statement: str, extra: str) -> None:
    """With what to install."""
    program = (
        f"import sys; sys.modules[{missing!r}] = None; sys.path[:0] = {sys.path!r}; {statement}"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: countermand")
    assert f"needs {missing}" in last
    assert last.endswith(f"the extra '{extra}' brings: pip install 'countermand[{extra}]'")
