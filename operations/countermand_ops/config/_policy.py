"""The policy, made from its table: the entries are the fields of `Policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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


def _value(settings: Settings, path: Entry, default: object) -> Any:
    name = path[-1]
    value = settings.converted(path, default)
    if path == (*PATH, "budget") and value is False:
        # TOML has no null.
        return None
    if path[:-1] == PATH and name in PARTS:
        return _build(settings, path, PARTS[name])
    return value
