"""Another distribution registers a provider by an entry point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from countermand import unzer
from countermand.provider import ProviderError, load_provider
from countermand.provider._provider import recorded_provider
from tests.support.distributions import installer
from tests.support.samples import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.distributions import Install

PROVIDER: Final = """
from attrs import evolve
from countermand import unzer

PROVIDER = evolve(unzer.PROVIDER, api="other_pay")
TEXT = "no provider"
"""
BROKEN: Final = "raise RuntimeError('no licence')"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs distributions that register a provider."""
    yield from installer(tmp_path, monkeypatch, "countermand.providers", PROVIDER)


@pytest.mark.parametrize("api", PROVIDERS)
def test_each_of_the_five_is_found_by_its_api(api: str) -> None:
    """The very same value that its module holds."""
    assert load_provider(api) is PROVIDERS[api]


@pytest.mark.parametrize("api", ["no_such_provider", "../unzer", "", "unzer.interpret", "un-zer"])
def test_an_unknown_name_is_a_typed_error(api: str) -> None:
    """A name from a database is not imported; the error is one that the ledger expects."""
    with pytest.raises(LookupError) as unknown:
        load_provider(api)
    assert isinstance(unknown.value, ProviderError)
    assert unknown.value.distributions == ()
    assert str(unknown.value) == (
        f"no provider is registered as {api!r}; install the one that is meant"
    )


def test_a_registered_provider_is_found_by_its_api(install: Install) -> None:
    """And the five are still found."""
    install("other-pay", "other_pay = third_party:PROVIDER")
    assert load_provider("other_pay").api == "other_pay"
    assert load_provider("unzer") is unzer.PROVIDER


@pytest.mark.parametrize(
    ("entry", "source", "fault"),
    [
        (
            "other_pay = third_party:PROVIDER",
            BROKEN,
            (
                "but third_party:PROVIDER cannot be imported (RuntimeError: no licence); repair or "
                "uninstall it"
            ),
        ),
        (
            "other_pay = third_party:MISSING",
            PROVIDER,
            (
                "but third_party:MISSING cannot be imported (AttributeError: module "
                "'third_party' has no attribute 'MISSING'); repair or uninstall it"
            ),
        ),
        (
            "other_pay = third_party:TEXT",
            PROVIDER,
            "but third_party:TEXT is a str, not a Provider; correct the entry",
        ),
        (
            "third_pay = third_party:PROVIDER",
            PROVIDER,
            "but the api of third_party:PROVIDER is 'other_pay'; make the two names equal",
        ),
        (
            "unzer = third_party:PROVIDER",
            PROVIDER,
            "a name that belongs to countermand; rename it there, or uninstall it",
        ),
    ],
    ids=["import error", "no such name", "not a provider", "another api", "a name of the five"],
)
def test_a_broken_registration_names_the_distribution(
    install: Install, entry: str, source: str, fault: str
) -> None:
    """What is wrong, where, and what to do."""
    install("other-pay", entry, source=source)
    api = entry.partition(" ")[0]
    with pytest.raises(ProviderError) as broken:
        load_provider(api)
    assert broken.value.distributions == ("other-pay",)
    assert broken.value.message == (
        f"other-pay registers {api!r} in countermand.providers, {fault}"
    )


def test_a_recorded_provider_of_the_five_is_found_in_spite_of_a_claim_to_its_name(
    install: Install,
) -> None:
    """Another distribution cannot hide recorded cancels; a third party's are found by its entry."""
    install("other-pay", "unzer = third_party:PROVIDER")
    assert recorded_provider("unzer") is unzer.PROVIDER
    install("third-pay", "other_pay = third_party:PROVIDER")
    assert recorded_provider("other_pay").api == "other_pay"


def test_two_distributions_with_one_name_are_both_named(install: Install) -> None:
    """Neither wins: which of the two is meant cannot be known."""
    for distribution in ("pay-two", "pay-one"):
        install(distribution, "other_pay = third_party:PROVIDER")
    with pytest.raises(ProviderError) as twice:
        load_provider("other_pay")
    assert twice.value.distributions == ("pay-one", "pay-two")
    assert str(twice.value) == (
        "pay-one and pay-two register 'other_pay' in countermand.providers, once each; "
        "uninstall all of them but one"
    )
