"""Who may call, in words."""

import copy
from pathlib import Path

import attrs
import pytest

from specs.publishing.site import security
from specs.publishing.site.sources import Api


def test_every_api_says_what_a_request_carries(tree: Path, apis: tuple[Api, ...]) -> None:
    """Names of headers and scopes are read without a click."""
    for api in apis:
        page = (tree / api.name / "index.html").read_text(encoding="utf-8")
        schemes = api.document["components"]["securitySchemes"]
        assert [each.name for each in security.schemes(api)] == list(schemes)
        for node in schemes.values():
            scopes = [each for flow in node.get("flows", {}).values() for each in flow["scopes"]]
            for wanted in (*scopes, *([node["name"]] if node["type"] == "apiKey" else [])):
                assert f"<code>{wanted}</code>" in page


def test_a_scheme_without_words_fails_the_build(apis: tuple[Api, ...]) -> None:
    """Whoever brings a new kind of scheme is told to bring the words."""
    api = next(api for api in apis if api.name == "bento")
    document = copy.deepcopy(dict(api.document))
    document["components"]["securitySchemes"]["bearer"] = {"type": "mutualTLS"}
    spoilt = attrs.evolve(api, newest=attrs.evolve(api.newest, document=document))
    with pytest.raises(security.UnknownSchemeError, match=r"^bento: no words for .* bearer"):
        list(security.schemes(spoilt))
