"""What an operation is, and one call of it, as plain values.

Nothing in this module performs I/O or needs an HTTP library: a `Call` can be handed to any
executor, which sends its bytes and gives the reply's status and decoded body to `Call.parse`.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Generic, Literal, TypeVar

from attrs import field, frozen

from .types import UNSET, Unset

T = TypeVar("T")

Effect = Literal["cancel", "read"]
"""Whether the operation moves money (`cancel`) or only looks (`read`)."""

RepeatEffect = Literal["none", "again", "unknown"]
"""What an identical second request does: nothing more, the same again, or nobody knows."""

Scalar = str | int | float | bool | None
"""A JSON value without members; `None` is null."""

Unit = Literal["main", "minor"]
"""What an amount counts: the currency's main unit (euros) or its minor unit (cents)."""

AbsentAmount = Literal["everything", "nothing", "none"]
"""What a cancel without an amount cancels; `none` where the operation takes no amount."""


@frozen
class Repeat:
    """What an identical second request does, and whether its answer can be believed.

    `effect` says whether it acts again. `answer` is `same` where the second answer equals the
    first, a status (such as `"404"`) where that status is documented for a repeat, and `unknown`
    otherwise. `full` holds the same facts for a cancel of the whole amount, `None` where they do
    not differ.
    """

    effect: RepeatEffect
    answer: str
    full: "Repeat | None" = None


@frozen
class Place:
    """Where a value stands in a request (`body`, `header`, `query`, `path`), and its name there."""

    location: str
    name: str


@frozen
class IdempotencyKey(Place):
    """Where the provider takes an idempotency key, and how long it knows one again.

    `lifetime` is in seconds from the first request with the key; `None` where no source limits it.
    A repeat with an older key may be carried out again.
    """

    lifetime: int | None = None


@frozen
class Sign:
    """A form of reply that proves something; which thing, says the list that holds the sign.

    A reply shows the sign if its status fits and, where there is a `pointer`, the value there
    fits, too. `status` is a status (`"204"`), a class of them (`"4XX"`), or `"any"`. `pointer` is
    an RFC 6901 JSON pointer into the body; `""` is the whole body, which is a text where it is not
    JSON.

    With `equals`, the value is equal to it as JSON values are: true is not 1, and null is a value.
    `UNSET` compares nothing. With `pattern`, the value is a text in which a search finds the
    regular expression, as ECMA-262 reads it: `$` is the end of the text. With `type`, it is an
    `"array"` or an `"object"`. A pointer alone shows nothing.
    """

    status: str
    pointer: str | None = None
    equals: Scalar | Unset = UNSET
    pattern: str | None = None
    type: Literal["array", "object"] | None = None


@frozen
class Words:
    """Words of a reply by which the provider says that it does not know what it did.

    The value at the JSON pointer is one of `values`, or a text in which a search finds `pattern`;
    the other one is empty or `None`. Space around a text and the case of letters do not count; a
    number or boolean counts as its JSON text, and for a pattern any other value, or none, as the
    empty text. The pointer's token `*` leads to every member. `status` limits the words to a status
    or a class of them, written as in `Sign`; `None` takes any.
    """

    pointer: str
    values: tuple[Scalar, ...] = ()
    pattern: str | None = None
    status: str | None = None


@frozen
class Echo:
    """A member of a reply that repeats a value of the request.

    Another value at the JSON pointer means that the reply is about another request. A member that
    is absent, null or an empty text counts as no echo, which is accepted unless it is `required`.
    """

    pointer: str
    place: Place
    required: bool = False


@frozen
class ReplyEvidence:
    """What the replies of an operation prove.

    `executed` holds the signs that a request was executed; `not_executed` those of the provider's
    own refusal, which no gateway in front of it sends. `undecided` comes before `not_executed`: the
    provider does not know. `echoes` tell a reply to this request from one to another. `state` holds
    the statuses and error codes by which a refusal speaks of the payment's state.
    """

    executed: tuple[Sign, ...] = ()
    not_executed: tuple[Sign, ...] = ()
    undecided: tuple[Words, ...] = ()
    echoes: tuple[Echo, ...] = ()
    state: frozenset[str] = frozenset()


@frozen
class Money:
    """How a cancel says how much.

    `amount` is the JSON pointer of the amount in the request's body and `unit` what it counts; both
    are `None` where the operation takes no amount.
    """

    amount: str | None
    unit: Unit | None
    absent: AbsentAmount


@frozen(kw_only=True)
class Operation:
    """One documented operation with the facts that its specification states under `x-countermand`.

    `path` is the template relative to the server URL. `key` is the field that takes an idempotency
    key, `marker` a field that the provider stores and a read shows; each is `None` where the
    provider has no such field. `read_back` names the operations that show what became of a cancel
    (`api#operation` for another API's). `responses` maps each documented status (`"200"`, `"5XX"`,
    `"default"`) to its media types, none for no body. `evidence` says what a reply proves, and
    `money` how a cancel says how much; it is `None` for a read.
    """

    api: str
    operation_id: str
    method: str
    path: str
    effect: Effect
    repeat: Repeat
    key: IdempotencyKey | None
    marker: Place | None
    read_back: tuple[str, ...]
    # A mapping is not hashable; api and operation_id already tell two operations apart.
    responses: Mapping[str, tuple[str, ...]] = field(eq=False, repr=False)
    evidence: ReplyEvidence = field(factory=ReplyEvidence, repr=False)
    money: Money | None = None

    def media_types(self, status: int) -> tuple[str, ...] | None:
        """Return a status's documented media types: none for "no body", `None` if undocumented."""
        for name in (str(status), f"{status // 100}XX", "default"):
            if name in self.responses:
                return self.responses[name]
        return None

    @cached_property
    def accept(self) -> str:
        """The Accept header: every documented JSON media type in order, `*/*` if there is none.

        Others are what a server falls back to, and nothing that `Call.parse` could read.
        """
        every = (media for types in self.responses.values() for media in types)
        named = dict.fromkeys(media for media in every if media.endswith("json"))
        return ", ".join(named) or "*/*"


@frozen(kw_only=True)
class Call(Generic[T]):
    """One request, ready to be sent, and the function that reads its reply.

    `path` is percent-encoded, starts with `/` and is relative to the server URL; `query` is encoded
    and empty where there is none. `headers` holds Accept, the header parameters, and Content-Type
    only where there is a body; it never holds credentials. `content` is the exact body, `None` for
    no body.

    `parse` takes the status and the decoded JSON body. It returns the typed body, or `None` for a
    status that is documented without a body or not documented at all. Where the body does not have
    the documented form, it raises ValueError, TypeError, KeyError or AttributeError.
    """

    operation: Operation
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    # Bodies may hold what a customer wrote; they do not belong into logs.
    content: bytes | None = field(repr=False)
    parse: Callable[[int, object], T] = field(repr=False)
