"""Who may call: an API's security schemes in words."""

from collections.abc import Iterator
from typing import Final

from specs.publishing.site import SiteError
from specs.publishing.site.sources import Api

KINDS: Final = {
    ("http", "basic"): "HTTP basic authentication.",
    ("http", "bearer"): "A bearer token in the header `Authorization`.",
    ("apiKey", "header"): "The header `{name}`.",
    ("oauth2", ""): "OAuth 2.0.",
}


def schemes(api: Api) -> Iterator[tuple[str, str]]:
    """The name of every security scheme, with what a request carries and what else to know."""
    for name, node in api.document["components"].get("securitySchemes", {}).items():
        kind = (node["type"], node.get("scheme") or node.get("in", ""))
        if kind not in KINDS:
            raise SiteError(f"{api.name}: no words for the security scheme {name}, {kind}")
        said = KINDS[kind].format(name=node.get("name", ""))
        flows = node.get("flows", {}).values()
        if scopes := sorted({f"`{scope}`" for flow in flows for scope in flow["scopes"]}):
            said += f" Scopes: {', '.join(scopes)}."
        yield name, f"{said} {node.get('description', '').strip()}"
