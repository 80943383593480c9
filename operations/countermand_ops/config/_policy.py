"""The policy, made from its table: the entries are the fields of `Policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from countermand import Backoff, Budget, FollowUp, Policy

if TYPE_CHECKING:
    from countermand_ops.config._settings import Entry, Settings

PATH: Final = ("policy",)
PARTS: Final[dict[str, type[Any]]] = {"backoff": Backoff, "budget": Budget, "follow_up": FollowUp}
"""The fields that are tables of their own."""


def build_policy(settings: Settings) -> Policy:
    """Make the policy.

    Raises:
        ConfigurationError: an entry is unknown or wrong.
    """
    policy: Policy = _build(settings, PATH, Policy)
    return policy


def _build(settings: Settings, path: Entry, kind: type[Any]) -> Any:
    fields = {field.name: field for field in attrs.fields(kind)}
    arguments: dict[str, Any] = {}
    for name in settings.table(*path):
        settings.require_known(path, name, fields)
        arguments[name] = _value(settings, (*path, name), fields[name].default)
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as refused:
        # Every message begins with the name of the field.
        name, _, message = str(refused).partition(" ")
        raise settings.error((*path, name), message) from None


def _is_off(settings: Settings, path: Entry, value: object) -> bool:
    """Whether a value is false, in the file or in the environment."""
    if settings.is_from_environment(path):
        return str(value).lower() == "false"
    return value is False


def _is_list(value: object) -> bool:
    """Whether a value is a list that holds something; `converted` makes a tuple of it."""
    return isinstance(value, tuple) and bool(cast("tuple[object, ...]", value))


def _value(settings: Settings, path: Entry, default: object) -> Any:
    name = path[-1]
    value = settings.converted(path, default)
    if path == (*PATH, "budget") and _is_off(settings, path, value):
        # TOML has no null.
        return None
    if isinstance(default, tuple) and not _is_list(value):
        form = list(cast("tuple[float, ...]", default))
        raise settings.error(path, f"must be a list of seconds such as {form}")
    if path[:-1] == PATH and name in PARTS:
        return _build(settings, path, PARTS[name])
    return value
