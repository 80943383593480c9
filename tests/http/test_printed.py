"""The requests on the providers' pages agree with the requests that are sent."""

import json
import re
from base64 import b64encode
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from countermand import pace_fueling, pace_pay, unzer, vtex
from tests.specs.printed import Printed, Request, decoded, printed, request
from tests.support.flavours import Flavour, cancel
from tests.support.rawserver import RawServer, answer, read, say

PRINTED = list(printed(requests=True))
HOLES = {
    "$ACCESS_TOKEN": "token-one",
    "{{X-VTEX-API-AppKey}}": "app-key-1",
    "{{X-VTEX-API-AppToken}}": "app-token-1",
    "Basic s-priv-example:": "Basic " + b64encode(b"s-priv-example:").decode(),
}
"""Values for the pages' placeholders; curl encodes the last one."""

DERIVED = {"requestId", "paymentReference"}
"""Fields whose value we derive from the caller's key."""


def api(example: Printed) -> str:
    """The API in the form that Python code uses."""
    return example.operation.spec.name.replace("-", "_")


def account(example: Printed, url: str) -> Any:
    """An account with the example's credentials, below its server's path."""
    path = urlsplit(request(example.text).url).path
    base = url + re.split(r"/(?:transactions|gas-stations|payments)/", path, maxsplit=1)[0]
    return {
        "pace_pay": lambda: pace_pay.Account("token-one", base),
        "pace_fueling": lambda: pace_fueling.Account("token-one", base),
        "unzer": lambda: unzer.Account("s-priv-example", base),
        "vtex": lambda: vtex.Account(base, "app-key-1", "app-token-1"),
    }[api(example)]()


def cancellation(example: Printed, shown: Request) -> Any:
    """The cancellation that the example shows."""
    ids = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}|s-[a-z]{3}-[0-9]+", shown.path)
    fields = decoded(shown) if shown.body else {}
    match api(example):
        case "pace_pay":
            return pace_pay.Cancellation(*ids)
        case "pace_fueling":
            return pace_fueling.Cancellation(*ids)
        case "unzer":
            return unzer.Cancellation(*ids, amount=Decimal(fields["amount"]))
        case _:
            return vtex.Cancellation(fields["paymentId"], fields.get("authorizationId"))


def filled(text: str, wanted: Any) -> str:
    """A printed text with its placeholders replaced."""
    for hole, value in HOLES.items():
        text = text.replace(hole, value)
    return text.replace("{paymentId}", getattr(wanted, "payment_id", ""))


def fields_of(body: bytes) -> dict[str, Any]:
    """A sent body without the values that come from our key."""
    content: dict[str, Any] = json.loads(body) if body else {}
    return {name: value for name, value in content.items() if name not in DERIVED}


@pytest.mark.parametrize("example", PRINTED, ids=lambda example: example.id)
def test_a_printed_request_is_what_we_send(flavour: Flavour, example: Printed) -> None:
    """Method, path, credentials and body fields; only the encoding of a body may be another."""
    shown = request(example.text)
    wanted = cancellation(example, shown)
    with RawServer([read, say(answer(405))]) as server:
        cancel(flavour, account(example, server.url), wanted)
    got = server.requests[0]
    assert got.line.split(" ")[0] == shown.method
    assert got.target == filled(shown.path, wanted)
    expected = {
        name: filled(value, wanted)
        for name, value in shown.headers.items()
        if name != "content-type"
    }
    assert {name: got.fields.get(name) for name in expected} == expected
    printed = decoded(shown) if shown.body else {}
    assert fields_of(got.body) == {k: v for k, v in printed.items() if k not in DERIVED}


def test_every_provider_that_prints_a_request_is_among_them() -> None:
    """Bento's page prints none."""
    assert {api(example) for example in PRINTED} == {"pace_pay", "pace_fueling", "unzer", "vtex"}
