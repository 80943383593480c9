"""The Postman collection: that its requests are right, and the same in every build."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from specs.publishing.artefacts import postman
from specs.publishing.artefacts.document import DocumentError, read

if TYPE_CHECKING:
    from pathlib import Path

    from countermand.sandbox import Sandbox
    from specs.publishing.artefacts.editions import Api

PAYMENTS: dict[str, dict[str, Any]] = {
    "pace-pay": {"transaction_id": "c3f037ea-492e-4033-9b4b-4efc7beca16c"},
    "pace-fueling": {
        "transaction_id": "c3f037ea-492e-4033-9b4b-4efc7beca16c",
        "gas_station_id": "a6ec9bd7-cf0b-416c-b24f-9ce65ab3dfe1",
    },
    "bento": {
        "order_id": "or_01H84B0452F9X02H3YSZ03RFRG",
        "transaction_id": "tx_01H84D1GN7AGCBFACSDYC1D4AF",
    },
    "unzer": {"payment_id": "s-pay-1"},
    "vtex": {"payment_id": "B2F246B3CE46469FBDD23039868E95D0"},
}
"""The payments that the examples speak of."""


def load(folder: Path) -> Any:
    """A version's collection."""
    return json.loads((folder / "postman.json").read_text(encoding="utf-8"))


def sent(request: Any, variables: dict[str, str]) -> httpx.Request:
    """Make of a request of a collection what Postman would send."""

    def filled(text: str) -> str:
        return re.sub(r"\{\{(.+?)\}\}", lambda found: filled(variables[found[1]]), text)

    named = {each["key"]: each["value"] for each in request["url"]["variable"]}
    parts = [named[part[1:]] if part[0] == ":" else part for part in request["url"]["path"]]
    headers = {h["key"]: filled(h["value"]) for h in request["header"] if not h.get("disabled")}
    credentials = {
        each["key"]: filled(each["value"])
        for each in request["auth"].get(request["auth"]["type"], [])
    }
    match request["auth"]["type"]:
        case "basic":
            pair = f"{credentials['username']}:{credentials['password']}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        case "bearer":
            headers["Authorization"] = f"Bearer {credentials['token']}"
        case "oauth2":
            headers["Authorization"] = f"Bearer {credentials['accessToken']}"
    query = {q["key"]: q["value"] for q in request["url"]["query"] if not q.get("disabled")}
    body = request["body"].get("raw", "")
    address = filled("/".join([*request["url"]["host"], *parts]))
    return httpx.Request(request["method"], address, params=query, headers=headers, content=body)


def test_its_requests_are_carried_out(folder: Path, api: Api, sandbox: Sandbox) -> None:
    """Sent as they are, with credentials filled in, each gets a documented answer that is no error.

    The reads come after the cancels, as they look for what those left.
    """
    name = api.name.replace("-", "_")
    sandbox.create_payment(name, **PAYMENTS[api.name])
    collection = load(folder)
    variables = {each["key"]: each["value"] for each in collection["variable"]}
    variables |= {
        "baseUrl": sandbox.base_url(name),
        "token": sandbox.issue_token(),
        "username": UNZER_PRIVATE_KEY,
        "appKey": VTEX_APP_KEY,
        "appToken": VTEX_APP_TOKEN,
    }
    requests = sorted(
        postman.requests(collection["item"]), key=lambda each: each["method"] == "GET"
    )
    statuses = {}
    with httpx.Client() as client:
        for request in requests:
            key = f"{request['method']} {postman.template(request)}"
            statuses[key] = client.send(sent(request, variables)).status_code
    # PACE Pay answers 410 for a transaction that has just been cancelled.
    assert all(status < 300 or status == 410 for status in statuses.values()), statuses
    cancels = [each for each in requests if each["method"] != "GET"]
    assert len(sandbox.executions(name)) == len(cancels)


def test_it_has_every_operation_once(folder: Path, api: Api) -> None:
    """Under the method and the path of the specification."""
    found = [
        (each["method"], postman.template(each)) for each in postman.requests(load(folder)["item"])
    ]
    expected = [(o.method.upper(), o.path) for o in api.newest.document.operations]
    assert sorted(found) == sorted(expected)


def test_its_bodies_are_the_first_examples(folder: Path, api: Api) -> None:
    """Nothing in it is made up."""
    document = api.newest.document
    requests = {
        (each["method"], postman.template(each)): each
        for each in postman.requests(load(folder)["item"])
    }
    for operation in document.operations:
        content = document.request_body(operation).get("content", {})
        request = requests[operation.method.upper(), operation.path]
        if not content:
            assert not request["body"]
            continue
        first = next(iter(content["application/json"]["examples"].values()))
        assert json.loads(request["body"]["raw"]) == document.resolved(first)["value"]


def test_a_request_says_first_what_a_repeat_does(tree: Path) -> None:
    """Before somebody presses Send twice."""
    collection = load(tree / "unzer/1.0.0")
    said = {
        (request["method"], postman.template(request)): request["description"]["content"]
        for request in postman.requests(collection["item"])
    }
    cancel = said["POST", "/payments/{paymentId}/authorize/cancels"]
    assert cancel.startswith("A repeat of this call cancels again. Ask first: `getPayment`")
    assert "Releases the money that the payment's authorization reserved" in cancel
    assert said["GET", "/payments/{paymentId}"].startswith("This call only reads")


def test_no_placeholder_and_no_undefined_variable_is_left(folder: Path) -> None:
    """Such as `<string>`, which the converter writes where it knows nothing."""
    text = json.dumps(load(folder), ensure_ascii=False)
    assert not re.findall(r'"<[^"]*>"|\\"<[^"]*>\\"', text)
    known = {each["key"] for each in load(folder)["variable"]}
    assert set(re.findall(r"\{\{(.+?)\}\}", text)) <= known


def test_no_id_is_random(folder: Path, api: Api) -> None:
    """All are made from a name and a place, which is version 5 of UUIDs, and each is there once."""
    found = re.findall(
        r'"(?:id|_postman_id)": "([0-9a-f-]{36})"', (folder / "postman.json").read_text()
    )
    assert len(found) > len(api.newest.document.operations)
    assert len(set(found)) == len(found)
    assert all(each[14] == "5" for each in found)


def test_ids_within_a_body_are_left_alone() -> None:
    """Only values of the collection's own id members change, and only if they look random."""
    value = {"id": "6c0a2634-24b4-4989-810f-0a24e7db8c9b", "name": [{"id": "s-pay-1"}]}
    changed = postman.stable(value, "here")
    assert changed["name"] == value["name"]
    assert changed["id"] != value["id"]
    assert changed == postman.stable(
        {**value, "id": "d6d3c4c3-0a4c-4b1b-9a4e-0f6a5a2f5a11"}, "here"
    )
    assert changed != postman.stable(value, "there")


def test_a_credential_of_an_unknown_kind_is_refused() -> None:
    """A collection whose requests are turned away is no use."""
    document = read(
        b"""
        openapi: 3.1.0
        info: {title: Toy, version: 1.0.0}
        servers: [{url: 'https://toy.example'}]
        components: {securitySchemes: {seal: {type: mutualTLS}}}
        paths:
          /a:
            get:
              operationId: look
              tags: [a]
              summary: Look
              security: [{seal: []}]
              x-countermand: {effect: read, repeat: {effect: none, answer: same}, read-back: []}
              responses: {"204": {description: Seen}}
        """
    )
    with pytest.raises(DocumentError, match="look asks for a credential unknown here: seal"):
        postman.file(document, "postman.json", "toy")
