"""`x-countermand` in sentences."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from specs.publishing.site import SiteError, evidence_text, facts_text, outcome_text

if TYPE_CHECKING:
    from specs.publishing.site.sources import Api

KINDS = list(
    itertools.product(("cancel", "read"), ("none", "again", "unknown"), ("same", "unknown", "409"))
)
KEY = {"key": {"in": "header", "name": "Idempotency-Key"}}
MARKER = {"marker": {"in": "body", "name": "reference"}}
READS: tuple[list[str], ...] = ([], ["getOne"], ["getOne", "other-api#getTwo"])


def node(effect: str = "cancel", repeat: str = "none", answer: str = "same", **more: Any) -> Any:
    """An x-countermand value."""
    return {
        "effect": effect,
        "repeat": {"effect": repeat, "answer": answer},
        "read-back": more.pop("reads", []),
        **more,
    }


@pytest.mark.parametrize(("effect", "repeat", "answer"), KINDS)
def test_every_combination_has_sentences(effect: str, repeat: str, answer: str) -> None:
    """They name the effect of a repeat, the key, the marker, and every read."""
    for key, marker, reads in itertools.product(({}, KEY), ({}, MARKER), READS):
        known = facts_text.facts(node(effect, repeat, answer, reads=reads, **key, **marker), "here")
        said = facts_text.sentences(known)
        assert all(
            sentence[0].isupper() and sentence.endswith(".") and ".." not in sentence
            for sentence in (*said, facts_text.lost(known))
        )
        whole = " ".join(said)
        assert ("`Idempotency-Key`" in whole) == bool(key)
        assert ("`reference`" in whole) == bool(marker)
        assert all(f"`{read.split('#')[-1]}`" in whole for read in reads)
        assert ("409" in whole) == (answer == "409")
        assert facts_text.badge(known)


def test_different_facts_have_different_sentences() -> None:
    """No two kinds of repeat share their sentence."""
    said = {facts_text.repeated(facts_text.facts(node(*kind), "here")) for kind in KINDS}
    assert len(said) == len(KINDS)


def test_a_repeat_that_cancels_again_has_a_warning() -> None:
    """The case that costs money is said plainly."""
    known = facts_text.facts(node(repeat="again", answer="unknown", reads=["getPayment"]), "here")
    assert facts_text.sentences(known) == (
        "A repeat of this call cancels again.",
        "Before you repeat it, call `getPayment`.",
    )


LOST = {
    "pace-pay": "Send it again: you get the first answer.",
    "pace-fueling": "Do not send it again. Call `getTransaction` of pace-pay.",
    "bento": "Do not send it again. Call `getTransaction`.",
    "unzer": (
        "Do not send it again. Call `getPayment`, then `getPaymentCancellation`,"
        " and look for your `paymentReference`."
    ),
    "vtex": "Send it again with the same `requestId`: you get the first answer.",
}


def test_the_next_step_after_a_lost_answer_is_the_safe_one(apis: dict[str, Api]) -> None:
    """The page advises what the client does at that provider."""
    assert {name: facts_text.lost(api.cancels()[0].facts) for name, api in apis.items()} == LOST


@pytest.mark.parametrize(
    "broken",
    [
        None,
        {},
        node(effect="refund"),
        node(repeat="sometimes"),
        node(answer="maybe"),
        node(answer="600"),
        node(window="24h"),
        node(key=None),
        node(key={"in": "cookie", "name": "k"}),
        node(key={"in": "body", "name": ""}),
        node(key={"in": "body", "name": "k", "lifetime": "24h"}),
        node(key={"in": "body", "name": "k", "lifetime": 0}),
        node(key={"in": "body", "name": "k", "lifetime": True}),
        node(marker={"in": "body", "name": "k", "lifetime": 60}),
        node(reads=["Get payment"]),
        {"effect": "cancel", "repeat": {"effect": "none", "answer": "same"}},
        {**node(), "repeat": {"effect": "none", "answer": "same", "x": 1}},
        {**node(), "repeat": {"effect": "none", "answer": "same", "full": {"effect": "none"}}},
        node(money={"amount": "/amount", "absent": "everything"}),
        node(money={"amount": None, "unit": "minor", "absent": "none"}),
        node(money={"amount": "/amount", "unit": "minor", "absent": "none"}),
        node(money={"amount": "/amount", "unit": "cents", "absent": "nothing"}),
        node(evidence=None),
        node(evidence={"done": [{"status": 204}]}),
        node(evidence={"executed": [{"status": "2xx"}]}),
        node(evidence={"executed": [{"status": 204, "pointer": "id"}]}),
        node(evidence={"executed": [{"status": 204, "pointer": "/id"}]}),
        node(evidence={"executed": [{"status": 204, "type": "array"}]}),
        node(evidence={"executed": [{"status": 204, "pointer": "/id", "type": "text"}]}),
        node(evidence={"executed": [{"status": 204, "pointer": "/id", "differs": 1}]}),
        node(evidence={"undecided": [{"pointer": "/id", "values": "E1"}]}),
        node(evidence={"not-executed": [{"status": 400, "pointer": "/id", "pattern": 1}]}),
        node(evidence={"echo": [{"pointer": "/id", "in": "header", "name": "id"}]}),
        node(evidence={"echo": [{"pointer": "/id", "in": "body"}]}),
    ],
)
def test_a_fact_without_a_sentence_fails_the_build(broken: object) -> None:
    """A new word of the vocabulary needs a sentence, and the message says where."""
    with pytest.raises(SiteError, match=r"^here: no words"):
        facts_text.facts(broken, "here")


@pytest.mark.parametrize(
    ("lifetime", "span"),
    [(86400, "one day"), (172800, "2 days"), (3600, "one hour"), (90, "90 seconds")],
)
def test_a_key_with_a_lifetime_says_how_long_it_is(lifetime: int, span: str) -> None:
    """After that, a repeat is no longer harmless."""
    key = {"in": "body", "name": "k", "lifetime": lifetime}
    whole = " ".join(facts_text.sentences(facts_text.facts(node(key=key), "here")))
    assert f"The provider remembers it for {span}; after that, a repeat may cancel again." in whole


@pytest.mark.parametrize(
    ("full", "said"),
    [
        (("none", "unknown"), "a repeat does no harm. No source says what the second answer is"),
        (("again", "same"), "a repeat cancels again, and gets the same answer as the first."),
        (
            ("unknown", "unknown"),
            "no source says what a repeat does: expect that it cancels again.",
        ),
    ],
)
def test_a_cancel_of_the_whole_amount_has_a_sentence(full: tuple[str, str], said: str) -> None:
    """Only where its repeat differs."""
    known = node(repeat="again", answer="unknown")
    known["repeat"]["full"] = dict(zip(("effect", "answer"), full, strict=True))
    sentence = facts_text.sentences(facts_text.facts(known, "here"))[1]
    assert sentence.startswith(f"Where it cancels the whole amount, {said}")


@pytest.mark.parametrize(
    ("money", "said"),
    [
        ({"amount": None, "absent": "none"}, "This call takes no amount."),
        (
            {"amount": "/sum", "unit": "minor", "absent": "nothing"},
            (
                "The amount at `/sum` counts the currency's minor unit, such as cents: "
                "a cancel without an amount cancels nothing."
            ),
        ),
        (
            {"amount": "/sum", "unit": "main", "absent": "everything"},
            (
                "The amount at `/sum` counts the currency's main unit, such as euros: "
                "a cancel without an amount cancels everything that is left."
            ),
        ),
    ],
)
def test_an_amount_says_what_its_absence_means(money: Any, said: str) -> None:
    """The trap is said wherever the facts are shown."""
    assert facts_text.sentences(facts_text.facts(node(money=money), "here"))[-1] == said


EVIDENCE = {
    "executed": [
        {"status": 204},
        {"status": "any", "pointer": "/id", "type": "object"},
        {"status": 205},
        {"status": "any", "pointer": "/other", "equals": 1},
    ],
    "not-executed": [
        {"status": "4XX", "pointer": "/code", "pattern": "^E"},
        {"status": 200, "pointer": "/id", "equals": None},
        {"status": 403, "pointer": "", "pattern": "scope"},
    ],
    "undecided": [
        {"pointer": "/code", "values": ["E1", True]},
        {"status": 409, "pointer": "/code", "pattern": "E2"},
    ],
    "echo": [
        {"pointer": "/id", "in": "path", "name": "thingId"},
        {"pointer": "/ref", "in": "body", "name": "reference", "required": True},
    ],
    "state": ["404", "E7"],
}
PROOFS = (
    (
        "It was carried out",
        (
            "The answer has `204` or `205`; any status where `/id` is an object; "
            "or where `/other` is `1`."
        ),
    ),
    (
        "The provider does not know",
        (
            "The answer has any status where `/code` is `E1` or `true`; `409` where `/code` "
            "matches `E2`."
        ),
    ),
    (
        "It was not carried out",
        (
            "The answer has `4XX` where `/code` matches `^E`; `200` where `/id` is `null`; "
            "`403` where the body matches `scope`."
        ),
    ),
    (
        "Check that the answer is yours",
        (
            "In the answer, `/id` repeats, if it is there, the path parameter `thingId`; "
            "`/ref` must repeat the field `reference` of the body."
        ),
    ),
    (
        "After these refusals",
        ("An earlier call may have been carried out. Look before you believe them: `404`; `E7`."),
    ),
)


def test_evidence_has_words() -> None:
    """Every kind of sign, in the order in which a reader tries them."""
    known = facts_text.facts(node(evidence=EVIDENCE), "here").evidence
    assert known
    assert evidence_text.proofs(known) == PROOFS


@pytest.mark.parametrize("left_out", EVIDENCE)
def test_a_list_that_is_left_out_has_no_words(left_out: str) -> None:
    """Nothing is said where nothing is known."""
    members = {name: value for name, value in EVIDENCE.items() if name != left_out}
    assert len(evidence_text.proofs(evidence_text.evidence(members))) == len(PROOFS) - 1


def test_an_answer_without_a_sign_is_named_with_its_verdict() -> None:
    """A row for each status that the API uses, and one for all others that prove the same."""
    table = {
        "answers": [
            {"name": "done", "summary": "It is done", "status": 200, "verdict": "executed"},
            {"name": "done, cut", "cut": True, "status": 200, "verdict": "undecided"},
            {"name": "odd", "status": 200, "verdict": "undecided", "beyond": "Says the page."},
            {"name": "empty", "status": 200, "verdict": "undecided"},
            {"name": "page", "status": 200, "verdict": "undecided"},
            {"name": "page", "status": 401, "verdict": "not-executed"},
            {"name": "page", "status": 502, "verdict": "undecided"},
            {"name": "page", "status": 500, "verdict": "undecided"},
        ]
    }
    assert list(outcome_text.rows(table)) == [
        ("200", "It is done.", "carried out"),
        ("200", "Odd. Says the page.", "perhaps carried out"),
        ("200", "No body, a web page.", "perhaps carried out"),
        ("401", "Any body that is not the API's own.", "not carried out"),
        ("500, 502", "Any body that is not the API's own.", "perhaps carried out"),
    ]
