"""A missing extra is named."""

from __future__ import annotations

import pytest

from countermand._extras import extra


def test_a_missing_module_of_another_distribution_names_the_extra() -> None:
    """And what to install."""
    with pytest.raises(ModuleNotFoundError) as missing, extra("ledger", "countermand.ledger"):
        raise ModuleNotFoundError("gone", name="sqlalchemy.orm", path="/x")
    assert str(missing.value) == (
        "countermand.ledger needs sqlalchemy.orm, which the extra 'ledger' brings: "
        "pip install 'countermand[ledger]'"
    )
    assert (missing.value.name, missing.value.path) == ("sqlalchemy.orm", "/x")


@pytest.mark.parametrize("name", ["countermand", "countermand.no_such_module"])
def test_a_missing_module_of_ours_is_no_extra(name: str) -> None:
    """That is a broken installation."""
    with pytest.raises(ModuleNotFoundError, match=r"^gone$"), extra("ledger", "countermand.ledger"):
        raise ModuleNotFoundError("gone", name=name)
