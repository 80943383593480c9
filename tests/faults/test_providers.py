"""Each provider's answers without network faults: one table, both clients."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import field, frozen

from countermand.sandbox import FaultProxy, Sandbox, faults
from countermand.sandbox.faults import Fault
from tests.faults.trace import Stage, Trace, cancellation_of
from tests.support.flavours import FLAVOURS, Flavour

# What they cover, others cover, too.
pytestmark = pytest.mark.usefixtures("untraced")


@frozen
class Scene:
    """A payment, its preparation, the requested amounts and the expected traces."""

    id: str
    api: str
    expected: tuple[Trace, ...]
    settings: dict[str, Any] = field(factory=dict)
    before: str = ""
    script: tuple[Fault, ...] = ()
    amounts: tuple[Any, ...] = (None,)
    keys: tuple[str, ...] = ("order-42",)


def done(status: str, verdict: str = "cancelled", executions: int = 1) -> Trace:
    """One request, answered."""
    return Trace(verdict, (status,), executions, 1)


def refused(verdict: str, status: str) -> Trace:
    """One request, refused, nothing executed."""
    return Trace(verdict, (status,), 0, 1)


def looked(verdict: str, status: str) -> Trace:
    """One request, refused because of the payment's state, and a look at payment and cancel."""
    return Trace(verdict, (status,), 0, 3)


def again(verdict: str, executions: int = 1) -> Trace:
    """Nothing is sent."""
    return Trace(verdict, (), executions, 0)


def waited(status: str, good: str, seconds: float) -> Trace:
    """A second attempt after the Retry-After time and half of the jitter."""
    return Trace("cancelled", (status, good), 1, 2, (seconds + 0.125,))


UNZER_REFUSAL = b'{"errors": [{"code": "API.340.200.130", "merchantMessage": "amount missing"}]}'
TWO = ("order-1", "order-2")
SAME = ("order-1", "order-1")
FIVE_AND_SEVEN = (Decimal("5.00"), Decimal("7.00"))

SCENES = (
    Scene("cancelled-twice", "pace_pay", (done("204"), done("204")), keys=TWO),
    Scene(
        "cancelled-twice",
        "pace_fueling",
        (done("204"), done("404", "NotFound")),
        keys=TWO,
    ),
    Scene("cancelled-twice", "bento", (done("202"), done("422", "Declined")), keys=TWO),
    Scene("cancelled-twice", "unzer", (done("200"), done("400", "already cancelled")), keys=TWO),
    Scene("cancelled-twice", "vtex", (done("200"), done("200", "Declined")), keys=TWO),
    Scene("captured", "pace_pay", (refused("Forbidden", "403"),), before="capture"),
    Scene("captured", "pace_fueling", (refused("Forbidden", "403"),), before="capture"),
    Scene(
        "captured-unattended",
        "pace_fueling",
        (refused("NotFound", "404"),),
        {"kind": "unattended"},
        before="capture",
    ),
    Scene("captured", "unzer", (looked("AlreadyCaptured", "400"),), before="capture"),
    Scene("captured", "vtex", (refused("Declined", "200"),), before="capture"),
    Scene("captured-is-refunded", "bento", (done("202", "accepted"),), {"captured": True}),
    Scene("fuelling", "pace_fueling", (refused("Forbidden", "403"),), before="start_fueling"),
    Scene(
        "parts-add-up",
        "unzer",
        (done("200"), done("200", executions=2)),
        amounts=FIVE_AND_SEVEN,
        keys=TWO,
    ),
    Scene(
        "parts-add-up",
        "bento",
        (done("202", "accepted"), done("202", "accepted", 2)),
        {"captured": True},
        amounts=(500, 700),
        keys=TWO,
    ),
    Scene(
        "more-than-is-left",
        "unzer",
        (looked("Declined", "400"),),
        amounts=(Decimal("100.01"),),
    ),
    Scene("declined-in-202", "bento", (refused("Declined", "202"),), {"decline": "in-202"}),
    Scene("declined-in-4xx", "bento", (refused("Declined", "422"),), {"decline": "in-4xx"}),
    Scene(
        "errors-in-200",
        "unzer",
        (looked("AlreadyCaptured", "200"),),
        {"errors_in_200": True},
        before="capture",
    ),
    Scene("error-flag-in-200", "unzer", (looked("Declined", "200"),), {"flags": "error"}),
    Scene("pending", "unzer", (done("200", "accepted", 0),), {"flags": "pending"}),
    Scene("201", "unzer", (done("201"),), {"success_status": 201}),
    Scene(
        "manual-200",
        "vtex",
        (refused("ManualCancellationRequired", "200"),),
        {"manual_status": 200},
    ),
    Scene(
        "manual-501",
        "vtex",
        (refused("ManualCancellationRequired", "501"),),
        {"manual_status": 501},
    ),
    *(
        Scene(f"429-{seconds}", api, (waited("429", good, seconds),), script=(busy,))
        for api, good in (("pace_pay", "204"), ("unzer", "200"), ("vtex", "200"))
        for seconds, busy in ((7.0, faults.busy(429, "7")), (0.0, faults.busy(429, "soon")))
    ),
    *(
        Scene(f"429-{seconds}", "bento", (refused("RateLimited", "429"),), script=(busy,))
        for seconds, busy in ((7.0, faults.busy(429, "7")), (0.0, faults.busy(429, "soon")))
    ),
    *(
        Scene("503-3", api, (waited("503", good, 3.0),), script=(faults.busy(503, "3"),))
        for api, good in (("pace_pay", "204"), ("vtex", "200"))
    ),
    Scene(
        "429-too-long", "unzer", (refused("RateLimited", "429"),), script=(faults.busy(429, "60"),)
    ),
    *(
        Scene("finished-key", api, (done(status), done(status)), keys=SAME)
        for api, status in (("pace_pay", "204"), ("vtex", "200"))
    ),
    Scene(
        "same-key-other-amount",
        "unzer",
        (done("200"), again("KeyConflict")),
        amounts=FIVE_AND_SEVEN,
        keys=SAME,
    ),
    Scene(
        "same-key-after-loss",
        "unzer",
        (
            Trace("cancelled, read back", ("maybe sent",), 1, 3),
            Trace("cancelled, read back", ("maybe sent",), 1, 0),
        ),
        script=(faults.RESET_AFTER,),
        keys=SAME,
    ),
    Scene(
        "same-key-after-loss",
        "bento",
        (Trace("OutcomeUnknown", ("maybe sent",), 1, 1), again("OutcomeUnknown")),
        script=(faults.RESET_AFTER,),
        keys=SAME,
    ),
    Scene(
        "same-key-after-refusal",
        "unzer",
        (refused("Declined", "400"), done("200")),
        script=(faults.Answer(400, UNZER_REFUSAL, (("content-type", "application/json"),)),),
        keys=SAME,
    ),
    Scene(
        "same-key-after-redirect",
        "bento",
        (refused("Misdirected", "308"), done("202")),
        script=(faults.redirect(308, "/elsewhere"),),
        keys=SAME,
    ),
)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.api}-{scene.id}")
def test_a_scenario_ends_as_the_provider_documents(
    sandbox: Sandbox, proxy: FaultProxy, scene: Scene, flavour: Flavour
) -> None:
    """Verdict, attempts, executions and requests, equal for both clients."""
    payment = sandbox.create_payment(scene.api, **scene.settings)
    if scene.before:
        getattr(sandbox, scene.before)(payment)
    proxy.script(*scene.script)
    amounts = scene.amounts if len(scene.amounts) > 1 else scene.amounts * len(scene.keys)
    cancellations = [
        cancellation_of(scene.api, payment)
        if amount is None
        else cancellation_of(scene.api, payment, amount)
        for amount in amounts
    ]
    stage = Stage(sandbox, proxy, flavour, scene.api, payment)
    traces = stage.play(*cancellations, keys=scene.keys)
    if scene.id == "finished-key":
        assert [trace.requests for trace in traces] == [1, 0]
        traces[1] = Trace(traces[1].verdict, traces[1].attempts, traces[1].executions, 1)
    assert tuple(traces) == scene.expected


TOKENS = {
    "linked-by-handler": ("cancelled", ("401", "204"), 1),
    "no-handler": ("MissingLinkedIdentity", ("401",), 0),
    "handler-did-not-link": ("MissingLinkedIdentity", ("401", "401"), 0),
    "expired-callable": ("cancelled", ("401", "204"), 1),
    "expired-for-ever": ("Unauthenticated", ("401", "401"), 0),
    "expired-string": ("Unauthenticated", ("401",), 0),
    "text-plain": ("cancelled", ("401", "204"), 1),
    "scope-missing": ("Forbidden", ("403",), 0),
}


def cast(sandbox: Sandbox, name: str, user: str) -> tuple[Any, dict[str, Any]]:
    """A token or token callable, and client options, for a scenario about credentials."""

    def links(_challenge: object) -> None:
        sandbox.link(user)

    if name.startswith(("linked", "no-", "handler")):
        handler = links if name == "linked-by-handler" else lambda _challenge: None
        options = {} if name == "no-handler" else {"link_identity": handler}
        return sandbox.issue_token(user, linked=False), options
    if name == "scope-missing":
        return sandbox.issue_token(user, scopes=()), {}
    plain = name == "text-plain"
    old = sandbox.issue_token(user, expired=True, plain_errors=plain)
    last = name == "expired-for-ever"
    tokens = iter([old, sandbox.issue_token(user, expired=last)])
    return (old if name == "expired-string" else lambda _user: next(tokens)), {}


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("api", ["pace_pay", "pace_fueling"])
@pytest.mark.parametrize("name", TOKENS)
def test_wrong_credentials_are_told_apart(
    sandbox: Sandbox, proxy: FaultProxy, name: str, api: str, flavour: Flavour
) -> None:
    """A missing link, an expired token and a missing scope: each its own cure, once, no waiting."""
    verdict, attempts, executions = TOKENS[name]
    user = f"scene-{name}-{api}-{flavour}"
    token, options = cast(sandbox, name, user)
    payment = sandbox.create_payment(api)
    stage = Stage(sandbox, proxy, flavour, api, payment, token=token, options=options)
    trace = stage.play(user=user)[0]
    assert trace == Trace(verdict, attempts, executions, len(attempts))
