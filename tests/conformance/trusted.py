"""Where an answer is believed although the provider has executed: what trust costs. Pure.

A refusal is believed for two reasons: the provider itself has refused, in a document that only it
writes, or HTTP says that the request was not processed. A gateway that breaks either promise is
believed, too; nothing that a client sees tells it from an honest one. These are all rules under
which "not cancelled" may be said of what was executed; everywhere else it may not.
"""

from attrs import frozen

from tests.conformance.cases import RECEIPT
from tests.conformance.gateway_answers import STATE_CODES, UNDECIDED_CODES, GatewayAnswer

NOT_PROCESSED = {
    307: "the request is to be repeated elsewhere, unchanged: here it was not processed (RFC 9110)",
    308: "the same, for good (RFC 9110)",
    401: "without valid credentials nothing is processed (RFC 9110)",
    405: "the target does not know the method (RFC 9110)",
    411: "a length is missing, so the body was not read (RFC 9110)",
    413: "the body is too large to be processed (RFC 9110)",
    414: "the target is too long to be interpreted (RFC 9110)",
    415: "the body's format is not supported (RFC 9110)",
    417: "an expectation of the request cannot be met (RFC 9110)",
    421: "the server answers for another origin (RFC 9110)",
    425: "the server does not risk to process what may be a replay (RFC 8470)",
    426: "the server refuses to process over this protocol (RFC 9110)",
    429: "too many requests: this one was not processed (RFC 6585)",
    431: "the server refuses to process header fields so large (RFC 6585)",
}
"""Statuses by which HTTP itself says that the request was not processed, whatever the body."""
SAME_PATH = "only the same path elsewhere is named: the server knows the request as another one's"
REDIRECTS = frozenset({301, 302})

OWN = "the provider's own error document: it alone writes it, and so it has refused"
SCOPE = "PACE's authentication layer: it speaks of the caller, before the transaction is looked at"
MANUALLY = "the protocol's own word for a provider that cannot cancel, with our ids"
UNSEEN = "the provider's own refusal because of the payment's state, and no read can tell more"
STATE_STATUSES = {
    "pace_pay": frozenset({403, 404}),
    "pace_fueling": frozenset({403, 404}),
    "bento": frozenset({404, 422}),
}
"""Refusals because of the payment's state; at Unzer it is the code that says so."""
LOOKS = frozenset({"pace_fueling", "unzer"})
"""Where such a refusal gets one look. At PACE Pay a repeat is answered as the first request was, so
a refusal speaks for the copies before it; Bento has no read that is made after a refusal."""

CACHED_NOTHING = "a 204 names no payment: an answer from a cache is as good as the provider's"
CACHED_SAME = "the answer names the payment and no request, and it is about that payment"
REPEATED_UNSEEN = "the refusal of the second copy, and no read shows that the first was executed"

REFUSALS = frozenset(
    {"Declined", "Forbidden", "NotFound", "AlreadyCaptured", "ManualCancellationRequired"}
)
BY_STATUS = {
    401: frozenset({"Unauthenticated", "MissingLinkedIdentity"}),
    429: frozenset({"RateLimited"}),
}
REDIRECTED = frozenset({"Misdirected"})


@frozen(kw_only=True)
class Trust:
    """Why an answer is believed, as which errors, and whether the key is free afterwards.

    A free key sends again. That is right where nothing was executed, and a second execution where a
    repeat does harm and the trust was misplaced.
    """

    reason: str
    verdicts: frozenset[str]
    frees: bool


def trust(answer: GatewayAnswer) -> Trust | None:
    """The rule under which an answer counts as "not executed"; None if it proves nothing."""
    if _is_undecided(answer):
        return None
    if _is_own(answer):
        return _own(answer)
    if (answer.body, answer.status) == ("plain", 403):
        # To look all the same does no harm.
        return Trust(reason=SCOPE, verdicts=frozenset({"Forbidden"}) | RECEIPT, frees=True)
    if answer.status in NOT_PROCESSED:
        redirected = answer.status < 400
        verdicts = BY_STATUS.get(answer.status, REFUSALS | REDIRECTED)
        return Trust(
            reason=NOT_PROCESSED[answer.status],
            verdicts=REDIRECTED if redirected else verdicts,
            frees=True,
        )
    if answer.status in REDIRECTS and answer.place == "same":
        return Trust(reason=SAME_PATH, verdicts=REDIRECTED, frees=True)
    return None


def _is_undecided(answer: GatewayAnswer) -> bool:
    """Whether the provider says that it does not know; at VTEX any 409 with both ids says it."""
    if answer.api == "vtex":
        return answer.body in {"own", "undecided"} and answer.status == 409
    return bool(answer.codes & set(UNDECIDED_CODES))


def _is_own(answer: GatewayAnswer) -> bool:
    """Whether it is the provider's own refusal, which comes with a 4xx; VTEX knows a 501, too."""
    if answer.body not in {"own", "state", "undecided"}:
        return False
    return answer.status // 100 == 4 or _is_manual(answer)


def _is_manual(answer: GatewayAnswer) -> bool:
    return (
        answer.api == "vtex"
        and answer.status == 501
        and answer.document.get("code") == "cancel-manually"
    )


def _own(answer: GatewayAnswer) -> Trust | None:
    state = answer.status in STATE_STATUSES.get(answer.api, ()) or bool(
        answer.codes & set(STATE_CODES)
    )
    if state and answer.api in LOOKS:
        return None
    manual = _is_manual(answer)
    return Trust(
        reason=UNSEEN if state else MANUALLY if manual else OWN,
        verdicts=BY_STATUS.get(answer.status, frozenset()) | REFUSALS,
        frees=not state and not manual,
    )
