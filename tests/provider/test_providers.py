"""A provider is found by the name of its API, as a stored cancel tells it."""

from __future__ import annotations

import pytest

from countermand.provider._provider import load_provider
from tests.support.samples import PROVIDERS


@pytest.mark.parametrize("api", PROVIDERS)
def test_each_provider_is_found_by_its_api(api: str) -> None:
    """The very same value that its module holds."""
    assert load_provider(api) is PROVIDERS[api]


@pytest.mark.parametrize("api", ["no_such_provider", "../unzer", "", "unzer.judge", "un-zer"])
def test_a_name_that_is_no_provider_s_is_told(api: str) -> None:
    """A name from a database is no name to import blindly."""
    with pytest.raises(LookupError) as refused:
        load_provider(api)
    assert refused.value.args == (f"no such provider: {api!r}",)
