"""Who may call: an API's security schemes in words."""

from collections.abc import Iterator

from specs.publishing.site import TEXTS, SiteError
from specs.publishing.site.sources import Version


def schemes(api: Version) -> Iterator[tuple[str, str]]:
    """The name of every security scheme, with what a request carries and what else to know."""
    for name, node in api.document["components"].get("securitySchemes", {}).items():
        kind = f"{node['type']} {node.get('scheme') or node.get('in', '')}".strip()
        if kind not in TEXTS["access"]:
            raise SiteError(f"{api.name}: no words for the security scheme {name}, {kind}")
        said = TEXTS["access"][kind].format(name=node.get("name", ""))
        flows = node.get("flows", {}).values()
        if scopes := sorted({f"`{scope}`" for flow in flows for scope in flow["scopes"]}):
            said += f" Scopes: {', '.join(scopes)}."
        yield name, f"{said} {node.get('description', '').strip()}"
