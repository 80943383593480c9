"""Statements about money: the specifications' own words, and what their schemas say."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from specs.publishing.site import amounts, money, quotes
from specs.publishing.site.sources import Api

CONTENT = yaml.safe_load(money.TABLE.read_text(encoding="utf-8"))
QUOTES = [
    (api, topic, place)
    for api, topics in CONTENT["apis"].items()
    for topic, entries in topics.items()
    for place, entry in (entries.items() if topic == "amount" else enumerate(entries))
    if place != "field" and entry != money.UNSAID
]
PAY = "/paths/~1transactions~1{transactionId}~1cancel/post"


def documents(apis: tuple[Api, ...]) -> dict[str, Any]:
    """Copies of the specifications that a test may spoil."""
    return {api.name: copy.deepcopy(dict(api.document)) for api in apis}


def changed(tmp_path: Path, api: str, topic: str, value: object) -> Path:
    """The table with one entry replaced."""
    content = copy.deepcopy(CONTENT)
    content["apis"][api][topic] = value
    table = tmp_path / "money.yaml"
    table.write_text(yaml.safe_dump(content), encoding="utf-8")
    return table


def spoil(document: Any, at: str, value: object) -> None:
    """Put something else where a pointer leads."""
    parent, _, last = at.rpartition("/")
    quotes.resolve(document, parent)[last.replace("~1", "/")] = value


def test_every_api_is_told_about_on_every_topic(apis: tuple[Api, ...]) -> None:
    """A reader finds the same six things about each API, in the same order."""
    said = money.statements(documents(apis))
    orders = {tuple(statement.topic for statement in said[api.name]) for api in apis}
    assert orders == {("success", "amount", "trap", "moment", "late", "lost")}


def test_nothing_is_shown_but_words_of_the_specification(apis: tuple[Api, ...]) -> None:
    """What is left when the quotations are taken away is no claim."""
    for statements in money.statements(documents(apis)).values():
        for each in statements:
            rest = each.text
            for said in each.quotes:
                rest = rest.replace(said.words, "")
            assert each.topic == "amount" or rest.strip() in {"", money.OPEN}
            assert each.topic == "amount" or each.short in {
                money.OPEN,
                *(said.words for said in each.quotes),
            }


@pytest.mark.parametrize(("name", "topic", "place"), QUOTES)
def test_a_statement_falls_with_the_words_that_it_rests_on(
    apis: tuple[Api, ...], name: str, topic: str, place: int | str
) -> None:
    """When the specification stops saying it, the site cannot go on saying it."""
    spoilt = documents(apis)
    at = CONTENT["apis"][name][topic][place]["at"]
    spoil(spoilt[name], at, "Something else, in cents.")
    with pytest.raises(quotes.UnfoundedError, match=f"^{name}: {re.escape(at)} does not say"):
        money.statements(spoilt)


@pytest.mark.parametrize(
    "says",
    [
        "A 200 always means cancelled.",
        "the payment is cancelled",
        "cancelled if it is not null",
        "payment is cancelled if it is not null, whatever the HTTP status",
        "The verdict is",
    ],
)
def test_only_whole_clauses_can_be_quoted(apis: tuple[Api, ...], tmp_path: Path, says: str) -> None:
    """Nobody makes the specification say more than it does by leaving a half away."""
    table = changed(tmp_path, "vtex", "success", [{"at": "/info/description", "says": says}])
    with pytest.raises(quotes.UnfoundedError, match="does not say, in whole clauses"):
        money.statements(documents(apis), table)


@pytest.mark.parametrize(
    ("name", "topic", "value"),
    [
        ("pace-pay", "amount", {"short": "Any part, in cents."}),
        ("vtex", "amount", {"text": "Only the whole payment."}),
        (
            "vtex",
            "success",
            [{"at": "/info/title", "says": "x", "text": "A 200 always means cancelled."}],
        ),
        ("vtex", "success", [{"text": "A 200 always means cancelled."}]),
    ],
)
def test_the_table_cannot_hold_words_of_its_own(
    apis: tuple[Api, ...], tmp_path: Path, name: str, topic: str, value: object
) -> None:
    """A claim beside the quotations is refused, so none can be wrong."""
    with pytest.raises(quotes.UnfoundedError, match=f"^{name}"):
        money.statements(documents(apis), changed(tmp_path, name, topic, value))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "pace-pay",
            "No partial cancel is possible: the call has no body, and takes no amount.",
        ),
        (
            "bento",
            (
                "A partial cancel is possible. `refundAmount`, a whole number, may be left out. How"
                " much to refund, in the currency's minor unit such as pence or cents."
                " `CancelRequest`: An absent amount means everything."
            ),
        ),
        (
            "unzer",
            (
                "A partial cancel is possible. `amount`, decimal text, may be left out. How much to"
                " release, in the payment's currency, with up to four decimals: `10.00` is ten of"
                " its main unit, such as ten euros. `CancellationRequest`: An absent amount means"
                " all that is left."
            ),
        ),
        (
            "vtex",
            (
                "`value`, a whole number, may be left out. The amount in cents, in VTEX's schema"
                " since October 2025. `CancelPaymentRequest.value`: No source says what an amount"
                " does that is smaller than the payment."
            ),
        ),
    ],
)
def test_what_an_amount_means_is_derived(apis: tuple[Api, ...], name: str, text: str) -> None:
    """Type, unit, whether it may be left out and whether a part is possible come from the file."""
    said = {each.topic: each for each in money.statements(documents(apis))[name]}
    assert said["amount"].text == text


def test_an_amount_changes_with_the_schema(apis: tuple[Api, ...]) -> None:
    """A required amount is told as required, and another type as another."""
    spoilt = documents(apis)
    spoilt["bento"]["components"]["schemas"]["CancelRequest"]["required"] = ["refundAmount"]
    field = CONTENT["apis"]["unzer"]["amount"]["field"]
    spoil(spoilt["unzer"], f"{field}/type", "integer")
    spoil(spoilt["unzer"], f"{field}/description", "How much to release, in cents.")
    said = {
        name: next(each for each in statements if each.topic == "amount")
        for name, statements in money.statements(spoilt).items()
    }
    assert "`refundAmount`, a whole number, must be given." in said["bento"].text
    assert said["unzer"].short == "`amount`, a whole number in the minor unit. A part, or all."


def test_an_amount_that_comes_or_goes_is_noticed(apis: tuple[Api, ...]) -> None:
    """Neither can a body appear unnoticed, nor the named field vanish."""
    spoilt = documents(apis)
    spoil(spoilt["pace-pay"], f"{PAY}/requestBody", {"content": {}})
    quotes.resolve(spoilt["pace-pay"], PAY)["requestBody"]["content"] = {
        "application/json": {"schema": {"properties": {"amount": {}}}}
    }
    with pytest.raises(quotes.UnfoundedError, match=r"^pace-pay, amount: a cancel has a body"):
        money.statements(spoilt)
    spoilt = documents(apis)
    del spoilt["unzer"]["components"]["schemas"]["CancellationForm"]["properties"]["amount"]
    with pytest.raises(quotes.UnfoundedError, match=r"^unzer, amount: not every cancel takes am"):
        money.statements(spoilt)


@pytest.mark.parametrize("keys", [[], ["absent", "part"]])
def test_an_amount_needs_a_word_about_a_part(
    apis: tuple[Api, ...], tmp_path: Path, keys: list[str]
) -> None:
    """Either a part can be cancelled, or the specification says that it is not known."""
    entry = CONTENT["apis"]["vtex"]["amount"]
    value = {"field": entry["field"], **dict.fromkeys(keys, entry["part"])}
    with pytest.raises(quotes.UnfoundedError, match=r"^vtex, amount: quote what an `absent` one"):
        money.statements(documents(apis), changed(tmp_path, "vtex", "amount", value))


def test_an_amount_without_a_unit_fails(apis: tuple[Api, ...]) -> None:
    """Cents or euros is no matter to guess at."""
    spoilt = documents(apis)
    at = CONTENT["apis"]["bento"]["amount"]["field"]
    spoil(spoilt["bento"], f"{at}/description", "How much to refund.")
    with pytest.raises(quotes.UnfoundedError, match=r"^bento, amount: neither words nor a pattern"):
        money.statements(spoilt)


def test_every_form_of_an_amount_has_words() -> None:
    """For a table and for a page."""
    for partial in (False, True):
        for required in (False, True):
            known = amounts.Amount(
                name="sum",
                kind="a number",
                unit="main",
                required=required,
                about="A",
                partial=partial,
                said=quotes.Quote("/at", "said", "Said."),
            )
            assert ("must be given" in amounts.text(known)) == required
            assert ("A partial cancel is possible" in amounts.text(known)) == partial
            assert amounts.text(known).endswith(" Said.")
            assert ("not known" in amounts.short(known)) != partial


def test_a_statement_about_a_place_that_is_gone_fails(apis: tuple[Api, ...]) -> None:
    """A renamed schema is noticed."""
    spoilt = documents(apis)
    del spoilt["bento"]["components"]["schemas"]["CancelRequest"]["description"]
    at = "/components/schemas/CancelRequest/description"
    with pytest.raises(quotes.UnfoundedError, match=f"^bento: there is no {at}"):
        money.statements(spoilt)


@pytest.mark.parametrize("value", [None, []])
def test_a_missing_topic_fails(apis: tuple[Api, ...], tmp_path: Path, value: object) -> None:
    """An API cannot be told about by halves."""
    with pytest.raises(quotes.UnfoundedError, match=r"^vtex: a statement on each"):
        money.statements(documents(apis), changed(tmp_path, "vtex", "lost", value))


def test_an_api_without_statements_fails(apis: tuple[Api, ...]) -> None:
    """A new API is not published before somebody has said how money behaves there."""
    more = {**documents(apis), "sixth": {}}
    with pytest.raises(quotes.UnfoundedError, match="says nothing about sixth"):
        money.statements(more)
