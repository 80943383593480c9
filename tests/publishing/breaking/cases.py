"""The specification that tests start from, its parts, and the catalogue of changes to it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Edit = Callable[[Any], object]

FOLDER = Path(__file__).parent
BASE = yaml.safe_load((FOLDER / "base.yaml").read_text(encoding="utf-8"))
CATALOGUE = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))


def document() -> Any:
    """The specification, version 1.2.3."""
    return copy.deepcopy(BASE)


def changed(members: dict[str, Any]) -> Any:
    """The specification with members set or removed as a change of the catalogue says."""
    made = document()
    for way, value in copy.deepcopy(members).items():
        # Statuses have three digits, positions in a list one.
        *keys, last = (
            int(key) if len(key) == 1 and key.isdigit() else key for key in way.split(" > ")
        )
        holder = made
        for key in keys:
            holder = holder[key]
        if value == "(removed)":
            del holder[last]
        else:
            holder[last] = value
    return made


def cancel(d: Any) -> Any:
    """The operation that cancels."""
    return d["paths"]["/things/{thingId}/cancels"]["post"]


def purge(d: Any) -> Any:
    """The operation without `x-countermand`, body and credential."""
    return d["paths"]["/things/{thingId}"]["delete"]


def body(d: Any) -> Any:
    """The media types of its request."""
    return cancel(d)["requestBody"]["content"]


def done(d: Any) -> Any:
    """Its answer 200."""
    return cancel(d)["responses"]["200"]


def schema(d: Any, name: str) -> Any:
    """A named schema."""
    return d["components"]["schemas"][name]


def asked(d: Any) -> Any:
    """The fields of the request."""
    return schema(d, "CancelRequest")["properties"]


def answered(d: Any) -> Any:
    """The fields of the answer."""
    return schema(d, "Cancel")["properties"]


def parameter(d: Any, number: int) -> Any:
    """The query parameter, 1, or the header, 2."""
    return cancel(d)["parameters"][number]
