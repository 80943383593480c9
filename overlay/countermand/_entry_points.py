"""Entry points: providers and simulators that other distributions register with this one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from importlib.metadata import EntryPoint


class ProviderError(LookupError):
    """A provider cannot be loaded: it is not registered, or its registration is broken.

    Attributes:
        message: What happened, and what to do about it.
        distributions: The distributions whose registrations are at fault; empty if there is none.
    """

    def __init__(self, message: str, distributions: tuple[str, ...] = ()) -> None:
        super().__init__(message, distributions)
        self.message = message
        self.distributions = distributions

    def __str__(self) -> str:
        return self.message


class Registered(Protocol):
    """What an entry point leads to: a value that carries its own API's name."""

    @property
    def api(self) -> str:
        """The API's name; the entry point has the same one."""
        ...


T = TypeVar("T", bound=Registered)


@cache
def registrations(group: str) -> Mapping[str, list[EntryPoint]]:
    """The entry points of a group by name, read once: later installations need a new process."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - costly, and rarely needed

    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=group):
        found.setdefault(entry.name, []).append(entry)
    return found


def load_registered(group: str, api: str, kind: type[T], reserved: Container[str]) -> T | None:
    """Load the value that a distribution registers for an API; None if none registers it.

    Raises:
        ProviderError: the name is reserved or registered twice, or the value cannot be imported,
            is of another type or has another API's name.
    """
    entries = registrations(group).get(api, [])
    if not entries:
        return None
    distributions = tuple(sorted({entry.dist.name if entry.dist else "?" for entry in entries}))
    if api in reserved:
        fault = "a name that belongs to countermand; rename it there, or uninstall it"
    elif len(entries) > 1:
        fault = "once each; uninstall all of them but one"
    else:
        value, fault = _load(entries[0], api, kind)
        if value is not None:
            return value
    registers = "registers" if len(distributions) == 1 else "register"
    who = " and ".join(distributions)
    raise ProviderError(f"{who} {registers} {api!r} in {group}, {fault}", distributions)


def _load(entry: EntryPoint, api: str, kind: type[T]) -> tuple[T | None, str]:
    """The value of an entry point, or a description of its fault."""
    try:
        value = entry.load()
    except Exception as error:  # noqa: BLE001 - a third party's module may raise anything
        reason = f"{type(error).__name__}: {error}"
        return None, f"but {entry.value} cannot be imported ({reason}); repair or uninstall it"
    if not isinstance(value, kind):
        found = type(value).__name__
        return None, f"but {entry.value} is a {found}, not a {kind.__name__}; correct the entry"
    if value.api != api:
        return None, f"but the api of {entry.value} is {value.api!r}; make the two names equal"
    return value, ""
