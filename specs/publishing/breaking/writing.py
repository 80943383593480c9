"""How the value of a parameter or header is written, defaults included."""

from typing import Any

from specs.publishing.breaking.places import ABSENT, Place


def written(place: Place, where: str) -> dict[str, Any]:
    """The members that say it, for a place in `query`, `path`, `header` or `cookie`.

    What is left out has the value that OpenAPI 3.1, "Parameter Object", gives it.
    """
    style = place.value("style", "form" if where in {"query", "cookie"} else "simple")
    return {
        "style": style,
        "explode": bool(place.value("explode", style == "form")),
        "allowReserved": bool(place.value("allowReserved")),
        "allowEmptyValue": bool(place.value("allowEmptyValue")),
        "content": next(map(str.lower, place.child("content").keys()), ABSENT),
    }


def described(place: Place) -> Place:
    """The schema of the value: its own, or that of the one media type that it is written as."""
    schemas = (media.child("schema") for media in _media(place))
    return place.child("schema") or next(schemas, Place(place.root))


def _media(place: Place) -> list[Place]:
    content = place.child("content")
    return [content.child(name) for name in content.keys()]  # noqa: SIM118 - a place is no mapping
