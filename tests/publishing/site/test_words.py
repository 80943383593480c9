"""x-countermand in words."""

import itertools
from typing import Any

import pytest

from specs.publishing.site import words
from specs.publishing.site.sources import Api

EFFECTS = ("cancel", "read")
REPEATS = ("none", "again", "unknown")
ANSWERS = ("same", "unknown", "409")
KEYS: tuple[Any, ...] = ({}, {"key": {"in": "header", "name": "Idempotency-Key"}})
MARKERS: tuple[Any, ...] = ({}, {"marker": {"in": "body", "name": "reference"}})
READS: tuple[list[str], ...] = ([], ["getOne"], ["getOne", "other-api#getTwo"])
COMBINATIONS = list(itertools.product(EFFECTS, REPEATS, ANSWERS, KEYS, MARKERS, READS))


def node(effect: str = "cancel", repeat: str = "none", answer: str = "same", **more: Any) -> Any:
    """An x-countermand value."""
    return {
        "effect": effect,
        "repeat": {"effect": repeat, "answer": answer},
        "read-back": more.pop("reads", []),
        **more,
    }


@pytest.mark.parametrize(("effect", "repeat", "answer", "key", "marker", "reads"), COMBINATIONS)
def test_every_combination_has_sentences(
    effect: str, repeat: str, answer: str, key: Any, marker: Any, reads: list[str]
) -> None:
    """Each fact is told: what a repeat does, the key, the mark, and every read by its name."""
    known = words.facts(node(effect, repeat, answer, reads=reads, **key, **marker), "here")
    said = words.sentences(known)
    assert all(
        sentence[0].isupper() and sentence.endswith(".") and ".." not in sentence
        for sentence in (*said, words.lost(known))
    )
    whole = " ".join(said)
    assert ("`Idempotency-Key`" in whole) == bool(key)
    assert ("`reference`" in whole) == bool(marker)
    assert all(f"`{read.split('#')[-1]}`" in whole for read in reads)
    assert ("409" in whole) == (answer == "409")
    assert words.badge(known)


def test_facts_that_differ_are_told_differently() -> None:
    """No two kinds of repeat share their words."""
    kinds = list(itertools.product(EFFECTS, REPEATS, ANSWERS))
    told = {words.repeated(words.facts(node(*kind), "here")) for kind in kinds}
    assert len(told) == len(kinds)


def test_the_words_are_those_of_a_warning_where_a_repeat_cancels_again() -> None:
    """The case that costs money is said plainly."""
    known = words.facts(node(repeat="again", answer="unknown", reads=["getPayment"]), "here")
    assert words.sentences(known) == (
        "A repeat of this call cancels again.",
        "Ask first: `getPayment`.",
    )
    assert words.lost(known) == "Do not send it again. Ask `getPayment`."


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("pace-pay", "Send it again: the answer is the first one's."),
        (
            "pace-fueling",
            (
                "Send it again, then ask `getTransaction` of pace-pay:"
                " the second answer proves nothing."
            ),
        ),
        (
            "bento",
            "Do not send it again. Ask the provider: no read shows what became of it.",
        ),
        (
            "unzer",
            (
                "Do not send it again. Ask `getPayment`, then `getPaymentCancellation`,"
                " and look for your `paymentReference`."
            ),
        ),
        ("vtex", "Send it again with the same `requestId`: the answer is the first one's."),
    ],
)
def test_the_next_step_after_a_lost_answer_is_the_safe_one(
    apis: tuple[Api, ...], name: str, lost: str
) -> None:
    """What the page advises is what the client does at that provider."""
    api = next(api for api in apis if api.name == name)
    assert words.lost(api.cancels()[0].facts) == lost


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
        node(key={"in": "cookie", "name": "k"}),
        node(key={"in": "body", "name": ""}),
        node(key={"in": "body", "name": "k", "lifetime": "24h"}),
        node(key={"in": "body", "name": "k", "lifetime": 0}),
        node(key={"in": "body", "name": "k", "lifetime": True}),
        node(marker={"in": "body", "name": "k", "lifetime": 60}),
        node(reads=["Get payment"]),
        {"effect": "cancel", "repeat": {"effect": "none", "answer": "same"}},
        {
            "effect": "cancel",
            "repeat": {"effect": "none", "answer": "same", "x": 1},
            "read-back": [],
        },
    ],
)
def test_a_fact_without_words_fails_the_build(broken: object) -> None:
    """Whoever extends the vocabulary is told to extend the words, and where."""
    with pytest.raises(words.UnknownFactError, match=r"^here"):
        words.facts(broken, "here")


@pytest.mark.parametrize(
    ("lifetime", "span"),
    [(86400, "one day"), (172800, "2 days"), (3600, "one hour"), (90, "90 seconds")],
)
def test_a_key_that_is_known_for_a_time_says_for_how_long(lifetime: int, span: str) -> None:
    """After that, a repeat is no longer harmless."""
    key = {"in": "body", "name": "k", "lifetime": lifetime}
    whole = " ".join(words.sentences(words.facts(node(key=key), "here")))
    assert f"It is known again for {span}: after that, a repeat may be carried out again." in whole
