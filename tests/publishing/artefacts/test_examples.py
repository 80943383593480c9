"""The examples as files, and the index that makes fixtures of them."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx
import pytest

from countermand import (
    Client,
    CountermandError,
    Policy,
    Receipt,
    bento,
    pace_fueling,
    pace_pay,
    unzer,
    vtex,
)
from specs.publishing import PublishingError
from specs.publishing.artefacts.examples import encoded, files
from specs.publishing.document import Node, operations, read

if TYPE_CHECKING:
    from pathlib import Path

    from specs.publishing.artefacts.versions import Api

TRANSACTION = "c3f037ea-492e-4033-9b4b-4efc7beca16c"
STATION = "a6ec9bd7-cf0b-416c-b24f-9ce65ab3dfe1"


def fixtures(folder: Path) -> Any:
    """The index of a version's examples."""
    return json.loads((folder / "examples/index.json").read_text(encoding="utf-8"))


def described(document: Node) -> dict[tuple[str, str, str], Any]:
    """Every example of every body, by operation, request or status, and name with media type."""
    return {
        (operation.id, stem, f"{name}, {media_type}"): example.get("value")
        for operation in operations(document)
        for stem, body in {"request": operation.body, **operation.responses}.items()
        for media_type, media in body.child("content").members.items()
        for name, example in media.child("examples").members.items()
    }


def decoded(content: bytes, media_type: str) -> Any:
    """The value that a body stands for."""
    if media_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(content.decode()))
    return content.decode() if media_type.startswith("text/") else json.loads(content)


def test_every_example_is_a_file_and_every_file_an_example(folder: Path, api: Api) -> None:
    """With the value that the specification gives, in the form of its media type."""
    found = {}
    for operation in fixtures(folder)["operations"]:
        for entry in (*operation["requests"], *operation["responses"]):
            if entry["file"] is None:
                continue
            content = (folder / "examples" / entry["file"]).read_bytes()
            media_type = entry["headers"]["Content-Type"]
            value = decoded(content, media_type)
            stem = str(entry.get("status", "request"))
            found[operation["operationId"], stem, f"{entry['name']}, {media_type}"] = value
            assert entry["file"].startswith(f"{operation['operationId']}/{stem}.{entry['name']}.")
    assert found == described(api.newest.document)
    on_disk = [path for path in (folder / "examples").rglob("*") if path.is_file()]
    assert len(on_disk) == len(found) + 1


def test_every_operation_and_status_is_there(folder: Path, api: Api) -> None:
    """Also an answer without a body, and a request without one where that is allowed."""
    found = operations(api.newest.document)
    index = {entry["operationId"]: entry for entry in fixtures(folder)["operations"]}
    assert list(index) == [operation.id for operation in found]
    for operation in found:
        entry = index[operation.id]
        statuses = {str(response["status"]) for response in entry["responses"]}
        assert statuses == set(operation.responses)
        required = operation.body.get("required", False)
        assert any(request["file"] is None for request in entry["requests"]) is not required


def test_a_sample_request_fits_the_path_of_its_operation(folder: Path) -> None:
    """Every parameter in it has a value."""
    for operation in fixtures(folder)["operations"]:
        pattern = re.sub(r"\\\{.*?\\\}", "[^/{}]+", re.escape(operation["path"]))
        for request in operation["requests"]:
            assert re.fullmatch(pattern, request["path"])
            assert request["method"] == operation["method"]


def mock(folder: Path, prefix: str, status: int, name: str) -> httpx.MockTransport:
    """A server that answers with one fixture, and knows nothing but the published files."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().removeprefix(prefix)
        for operation in fixtures(folder)["operations"]:
            samples = {(sample["method"], sample["path"]) for sample in operation["requests"]}
            if (request.method, path) in samples:
                for each in operation["responses"]:
                    if (each["status"], each["name"]) == (status, name):
                        body = each["file"] and (folder / "examples" / each["file"]).read_bytes()
                        return httpx.Response(status, headers=each["headers"], content=body or b"")
        raise AssertionError(f"no fixture answers {request.method} {path}")

    return httpx.MockTransport(answer)


CANCELS: dict[str, tuple[Any, Any, str]] = {
    "pace-pay": (pace_pay.Account("t"), pace_pay.Cancellation(TRANSACTION), "/pay/2024-1"),
    "pace-fueling": (
        pace_fueling.Account("t"),
        pace_fueling.Cancellation(gas_station_id=STATION, transaction_id=TRANSACTION),
        "/fueling/2024-4",
    ),
    "bento": (
        bento.Account("t", "https://gateway.example/payments/v1", read=False),
        bento.Cancellation(
            "or_01H84B0452F9X02H3YSZ03RFRG", "tx_01H84D1GN7AGCBFACSDYC1D4AF", refund_amount=5000
        ),
        "/payments/v1",
    ),
    "unzer": (
        unzer.Account(private_key="s-priv-x"),
        unzer.Cancellation("s-pay-1", amount=Decimal(10)),
        "/v1",
    ),
    "vtex": (
        vtex.Account("https://provider.example", "key", "token"),
        vtex.Cancellation("B2F246B3CE46469FBDD23039868E95D0"),
        "",
    ),
}


@pytest.mark.parametrize(
    ("api", "status", "name", "outcome"),
    [
        ("pace-pay", 204, "plain", "CANCELLED"),
        ("pace-pay", 403, "notOpen", "Forbidden"),
        ("pace-pay", 404, "unknown", "NotFound"),
        ("pace-fueling", 204, "plain", "CANCELLED"),
        ("pace-fueling", 403, "fuelingStarted", "Forbidden"),
        ("pace-fueling", 401, "missingLinkedIdentity", "MissingLinkedIdentity"),
        ("bento", 202, "submitted", "ACCEPTED"),
        ("bento", 202, "voided", "CANCELLED"),
        ("bento", 202, "declined", "Declined"),
        ("unzer", 201, "failedInSpiteOfStatus", "Declined"),
        ("unzer", 400, "alreadyCharged", "AlreadyCaptured"),
        # Its other answers repeat the id of the example's request, which a client rightly demands.
        ("vtex", 401, "refused", "Unauthenticated"),
    ],
    indirect=["api"],
)
def test_a_mock_made_of_the_fixtures_answers_a_client(
    folder: Path, api: Api, status: int, name: str, outcome: str
) -> None:
    """Our own client draws from each the conclusion that the summary promises."""
    account, cancellation, prefix = CANCELS[api.name]
    transport = mock(folder, prefix, status, name)
    with Client(account, transport=transport, policy=Policy(attempts=1)) as client:
        found = _outcome(client, cancellation)
    assert found == outcome


def _outcome(client: Client, cancellation: Any) -> str:
    try:
        receipt: Receipt = client.cancel(cancellation)
    except CountermandError as error:
        return type(error).__name__
    return receipt.outcome.name


@pytest.mark.parametrize(
    ("media_type", "value"),
    [
        ("application/json", None),
        ("application/xml", "a"),
        ("application/x-www-form-urlencoded", {"a": 1}),
        ("text/plain", 1),
    ],
)
def test_a_body_that_cannot_be_written_is_refused(media_type: str, value: Any) -> None:
    """A file in a form that was guessed would be worse than none."""
    with pytest.raises(PublishingError, match="somewhere"):
        encoded(media_type, value, "somewhere")


def document_with(response: str, parameter: str = "{name: a, in: path, required: true}") -> Node:
    """A document with one operation."""
    return read(
        f"""
        info: {{version: 1.0.0}}
        paths:
          /{{a}}:
            get:
              operationId: look
              parameters: [{parameter}]
              responses: {{"200": {response}}}
        """.encode()
    )


def test_a_body_without_an_example_is_refused() -> None:
    """Every status that has a body is to have a fixture."""
    sound = "{name: a, in: path, required: true, example: b}"
    document = document_with("{content: {text/plain: {schema: {}}}}", sound)
    with pytest.raises(PublishingError, match="no example of look/200, text/plain"):
        list(files(document, "examples", "toy"))


def test_a_parameter_without_an_example_is_refused() -> None:
    """A sample request needs it."""
    with pytest.raises(PublishingError, match="no example of look's a"):
        list(files(document_with("{}"), "examples", "toy"))
