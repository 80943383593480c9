"""The specifications agree with every example that the providers print."""

import json
import re

import pytest

from tests.specs.printed import Printed, Request, decoded, printed, request
from tests.specs.reading import Operation

RESPONSES = list(printed(requests=False))
REQUESTS = list(printed(requests=True))


@pytest.mark.parametrize("example", RESPONSES, ids=lambda example: example.id)
def test_a_printed_response_is_valid(example: Printed) -> None:
    """The printed body keeps the schema of its status, and the specification shows it too."""
    body = json.loads(example.text)
    for status in example.statuses:
        spec = example.operation.spec
        content = example.operation.responses[status]["content"]
        (media,) = (media for kind, media in content.items() if kind.endswith("json"))
        assert spec.violations(media["schema"], body) == []
        schema = spec.resolved(media["schema"])
        shown = [spec.resolved(e)["value"] for e in media["examples"].values()]
        assert body in [*shown, *schema["examples"]]


@pytest.mark.parametrize("example", REQUESTS, ids=lambda example: example.id)
def test_a_printed_request_reaches_its_operation(example: Printed) -> None:
    """Method, address and path parameters of the printed request fit the operation."""
    sent = request(example.text)
    assert sent.method.lower() == example.operation.method
    template = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path_of(example.operation)))
    assert re.fullmatch(template, sent.path)


@pytest.mark.parametrize("example", REQUESTS, ids=lambda example: example.id)
def test_a_printed_request_carries_the_documented_credentials(example: Printed) -> None:
    """One alternative under `security` is what the printed request sends."""
    sent = request(example.text)
    schemes = example.operation.spec.node["components"]["securitySchemes"]
    if "curl" in example.text:
        assert any(
            all(carries(sent, schemes[name]) for name in alternative)
            for alternative in example.operation.node["security"]
        )


@pytest.mark.parametrize("example", REQUESTS, ids=lambda example: example.id)
def test_a_printed_request_body_is_valid(example: Printed) -> None:
    """The printed body keeps the schema of its media type."""
    sent = request(example.text)
    if sent.body is None:
        assert not example.operation.request_content
        return
    media = example.operation.request_content[sent.headers["content-type"]]
    assert example.operation.spec.violations(media["schema"], decoded(sent)) == []


@pytest.mark.parametrize("api", ["bento", "pace-fueling", "pace-pay", "unzer", "vtex"])
def test_every_provider_has_examples(api: str) -> None:
    """No provider's examples went missing; Bento prints a response only."""
    assert api in {example.operation.spec.name for example in RESPONSES}
    assert api == "bento" or api in {example.operation.spec.name for example in REQUESTS}


def path_of(operation: Operation) -> str:
    """The operation's path behind the path of the first server."""
    url = operation.spec.node["servers"][0]["url"]
    return re.sub("https://[^/]+", "", url) + operation.path


def carries(sent: Request, scheme: dict[str, str]) -> bool:
    """Whether the request sends credentials in the way of the scheme."""
    if scheme["type"] == "apiKey":
        return scheme["name"].lower() in sent.headers
    prefix = "Basic " if scheme.get("scheme") == "basic" else "Bearer "
    return sent.headers.get("authorization", "").startswith(prefix)
