"""Who may call: an API's security schemes in words."""

from collections.abc import Iterator
from typing import Any, Final

import attrs

from specs.publishing.site.sources import Api

KINDS: Final = {
    ("http", "basic"): "HTTP basic authentication.",
    ("http", "bearer"): "A bearer token in the header `Authorization`.",
    ("apiKey", "header"): "The header `{name}`.",
    ("oauth2", ""): "OAuth 2.0.",
}


class UnknownSchemeError(Exception):
    """A security scheme of a kind for which there are no words yet."""


@attrs.frozen
class Scheme:
    """One security scheme: its name, what a request carries, and what else to know."""

    name: str
    carries: str
    description: str


def schemes(api: Api) -> Iterator[Scheme]:
    """Every security scheme of an API, in the order of the file.

    Raises:
        UnknownSchemeError: there are no words for one.
    """
    for name, node in api.document["components"].get("securitySchemes", {}).items():
        kind = (node["type"], node.get("scheme") or node.get("in", ""))
        if kind not in KINDS:
            raise UnknownSchemeError(f"{api.name}: no words for the security scheme {name}, {kind}")
        carries = KINDS[kind].format(name=node.get("name", ""))
        scopes = ", ".join(f"`{scope}`" for scope in _scopes(node))
        said = f"{carries} Scopes: {scopes}." if scopes else carries
        yield Scheme(name, said, node.get("description", "").strip())


def _scopes(node: dict[str, Any]) -> list[str]:
    return sorted({scope for flow in node.get("flows", {}).values() for scope in flow["scopes"]})
