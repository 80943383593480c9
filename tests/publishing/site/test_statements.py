"""Statements about money: quotations of the specifications, and what their schemas say."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from specs.publishing.document import lookup
from specs.publishing.site import SiteError, statements

if TYPE_CHECKING:
    from pathlib import Path

    from specs.publishing.site.sources import Api

CONTENT = yaml.safe_load(statements.TABLE.read_text(encoding="utf-8"))
QUOTED = [
    (api, entry["at"])
    for api, topics in CONTENT["apis"].items()
    for topic, entries in topics.items()
    for entry in (entries.values() if topic == "amount" else entries)
    if isinstance(entry, dict)
]
PAY = "/paths/~1transactions~1{transactionId}~1cancel/post"
VTEX_AMOUNT = CONTENT["apis"]["vtex"]["amount"]
OWN_TEXT = "A 200 always means cancelled."


@pytest.fixture
def documents(apis: dict[str, Api]) -> dict[str, Any]:
    """Copies of the specifications that a test may spoil."""
    return {name: copy.deepcopy(dict(api.document)) for name, api in apis.items()}


def spoil(document: Any, at: str, value: object) -> None:
    """Replace the node at a pointer, or remove it."""
    parent, _, last = at.rpartition("/")
    node, name = lookup(document, parent), last.replace("~1", "/")
    if value is None:
        del node[name]
    else:
        node[name] = value


def test_every_api_has_the_same_topics_and_nothing_but_quotations(
    documents: dict[str, Any],
) -> None:
    """A text without its quotations is no claim."""
    said = statements.statements(documents)
    orders = {tuple(statement.topic for statement in each) for each in said.values()}
    assert orders == {("success", "amount", "trap", "moment", "late", "lost")}
    for each in (each for of_one in said.values() for each in of_one if each.topic != "amount"):
        rest = each.text
        for quote in each.quotes:
            rest = rest.replace(quote, "")
        assert rest.strip() in {"", statements.OPEN}
        assert each.short in {statements.OPEN, *each.quotes}


@pytest.mark.parametrize(("name", "at"), QUOTED)
def test_a_statement_needs_the_clause_that_it_quotes(
    documents: dict[str, Any], name: str, at: str
) -> None:
    """When the specification stops saying it, the build fails."""
    spoil(documents[name], at, "Something else, in cents.")
    with pytest.raises(SiteError, match=f"^{name}: {re.escape(at)} does not say"):
        statements.statements(documents)


@pytest.mark.parametrize(
    ("name", "topic", "value", "message"),
    [
        *(
            ("vtex", "success", [{"at": "/info/description", "says": says}], "does not say, in wh")
            for says in (
                OWN_TEXT,
                "the payment is cancelled",
                "cancelled if it is not null",
                "payment is cancelled if it is not null, whatever the HTTP status",
                "The verdict is",
            )
        ),
        ("pace-pay", "amount", {"short": "Any part, in cents."}, "name the `field`"),
        ("vtex", "amount", {"text": "Only the whole payment."}, "name the `field`"),
        ("vtex", "amount", {**VTEX_AMOUNT, "text": OWN_TEXT}, "quote what an `absent` one"),
        ("vtex", "amount", {"field": VTEX_AMOUNT["field"]}, "quote what an `absent` one"),
        (
            "vtex",
            "amount",
            {**VTEX_AMOUNT, "absent": VTEX_AMOUNT["part"]},
            "quote what an `absent` one",
        ),
        (
            "vtex",
            "success",
            [{"at": "/info/title", "says": "x", "text": OWN_TEXT}],
            "no quotation",
        ),
        ("vtex", "success", [{"text": OWN_TEXT}], "no quotation"),
        ("vtex", "lost", None, "needs a statement on each of"),
        ("vtex", "lost", [], "needs a statement on each of"),
    ],
)
def test_the_table_holds_whole_clauses_on_every_topic_and_no_text_of_its_own(
    documents: dict[str, Any],
    tmp_path: Path,
    name: str,
    topic: str,
    value: object,
    message: str,
) -> None:
    """A claim beside the quotations, half a clause and a missing topic are refused."""
    content = copy.deepcopy(CONTENT)
    content["apis"][name][topic] = value
    table = tmp_path / "statements.yaml"
    table.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(SiteError, match=f"^{name}.*{message}"):
        statements.statements(documents, table)


AMOUNTS = {
    "pace-pay": "No partial cancel is possible: the call has no body, and takes no amount.",
    "bento": (
        "A partial cancel is possible. `refundAmount`, a whole number, may be left out. How much to"
        " refund, in the currency's minor unit such as pence or cents. `CancelRequest`: An absent"
        " amount means everything."
    ),
    "unzer": (
        "A partial cancel is possible. `amount`, decimal text or a number, may be left out. How"
        " much to release, in the payment's currency, with up to four decimals: `10.00` is ten of"
        " its main unit, such as ten euros. `CancellationRequest`: An absent amount means all that"
        " is left."
    ),
    "vtex": (
        "`value`, a whole number, may be left out. The amount in cents, in VTEX's schema since"
        " October 2025. `CancelPaymentRequest.value`: No source says what an amount does that is"
        " smaller than the payment."
    ),
}


def amounts(documents: dict[str, Any]) -> dict[str, statements.Statement]:
    """The statement about the amount at each API."""
    return {
        name: next(each for each in said if each.topic == "amount")
        for name, said in statements.statements(documents).items()
    }


def test_an_amount_is_derived_from_the_schema(documents: dict[str, Any]) -> None:
    """Type, unit, whether it may be left out and whether a part is possible."""
    said = amounts(documents)
    assert {name: said[name].text for name in AMOUNTS} == AMOUNTS
    assert said["vtex"].short == (
        "`value`, a whole number in the minor unit. Partial cancel: not known."
    )
    documents["bento"]["components"]["schemas"]["CancelRequest"]["required"] = ["refundAmount"]
    at = CONTENT["apis"]["unzer"]["amount"]["field"]
    field = lookup(documents["unzer"], at)
    field |= {"type": "integer", "description": "How much, in cents."}
    said = amounts(documents)
    assert "`refundAmount`, a whole number, must be given." in said["bento"].text
    assert said["unzer"].short == "`amount`, a whole number in the minor unit. A part, or all."


BODY = {"content": {"application/json": {"schema": {"properties": {"amount": {}}}}}}
FORM = "/components/schemas/CancellationForm/properties/amount"
BENTO = CONTENT["apis"]["bento"]["amount"]["field"]
GONE = "/components/schemas/CancelRequest/description"


@pytest.mark.parametrize(
    ("name", "at", "value", "message"),
    [
        ("pace-pay", f"{PAY}/requestBody", BODY, ", amount: a cancel has a body"),
        ("unzer", FORM, None, ", amount: not every cancel takes am"),
        ("bento", f"{BENTO}/description", "How much to refund.", ", amount: neither the descr"),
        ("bento", GONE, None, f": there is no {GONE}"),
    ],
)
def test_a_change_of_the_schema_is_noticed(
    documents: dict[str, Any], name: str, at: str, value: object, message: str
) -> None:
    """A new body, a field that is gone, an amount without a unit, a renamed schema."""
    spoil(documents[name], at, value)
    with pytest.raises(SiteError, match=f"^{name}{message}"):
        statements.statements(documents)


def test_an_api_without_statements_fails(documents: dict[str, Any]) -> None:
    """A new API is not published before the table has its statements about money."""
    with pytest.raises(SiteError, match="says nothing about sixth"):
        statements.statements({**documents, "sixth": {}})
