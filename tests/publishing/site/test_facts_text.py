"""`x-countermand` in sentences."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from specs.publishing.site import SiteError, facts_text

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
        "Ask first: `getPayment`.",
    )


LOST = {
    "pace-pay": "Send it again: the answer is the first one's.",
    "pace-fueling": (
        "Send it again, then ask `getTransaction` of pace-pay: the second answer proves nothing."
    ),
    "bento": "Do not send it again. Ask the provider: no read shows what became of it.",
    "unzer": (
        "Do not send it again. Ask `getPayment`, then `getPaymentCancellation`,"
        " and look for your `paymentReference`."
    ),
    "vtex": "Send it again with the same `requestId`: the answer is the first one's.",
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
    assert f"It is known again for {span}: after that, a repeat may be carried out again." in whole
