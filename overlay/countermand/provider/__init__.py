"""Everything that a provider module is made of.

A provider module has two public names, `Account` and `Cancellation`, and a constant `PROVIDER`:

1. `Cancellation` is a frozen attrs class on `BaseCancellation`. It validates its fields with
   `validate_id`, `validate_uuid`, `validate_decimal_amount` and `validate_minor_units`, and its
   `payment_key` identifies the payment.
2. `Account` holds the server URL and the credentials: `BearerAccount`, or any class with the
   members of the `Account` protocol here. `masked`, as a converter, and `hide_arguments`, as a
   decorator, keep the credentials out of tracebacks with local variables.
3. `build_request` makes a `Call` of an `Operation`, which is generated from an OpenAPI document or
   written by hand. The operation's `Repeat` decides when the client may send it again.
4. `interpret` maps every possible reply to a cancel to a `Verdict`, and `interpret_reply` a reply
   to any operation; both get the `Call` that is answered. `prove` says what a reply proves, from
   the operation's `ReplyEvidence`; `verdict_from_reply` turns that into a verdict, and
   `typed_later` gives it the typed body. `json_object`, `provider_id` and `printable` read the body
   where a provider needs more than that.
5. `read_back` (optional) reads what a cancel without an answer has done, and ends in `Found`,
   `Refuted`, `Absent` or `NotKnown`. Where a read shows no marker of the cancel, a `Comparison`
   takes its place: it reads the payment before the cancel, too, and compares. It can also end in
   `Changed`.
6. `PROVIDER = Provider(...)` ties them together.

A distribution registers its provider by an entry point in its pyproject.toml. The entry's name is
`Provider.api`; `load_provider` finds the provider by that name.

    [project.entry-points."countermand.providers"]
    example_pay = "example_pay:PROVIDER"

docs/extending.md walks through such a distribution. None of the functions may perform I/O, read a
clock or use randomness.

Provisional: before 1.0 the kit may change with a minor version.
"""

from countermand_clients.operation import (
    Call,
    Echo,
    IdempotencyKey,
    Money,
    Operation,
    Place,
    Repeat,
    ReplyEvidence,
    Sign,
    Words,
)

from countermand._amounts import FULL, Full, format_amount
from countermand._entry_points import ProviderError
from countermand._secrets import hide_arguments, masked
from countermand.provider._accounts import (
    Account,
    BearerAccount,
    Headers,
    TokenSource,
    credential_fingerprint,
    require_https,
    validate_base_url,
    validate_secret,
    validate_token,
)
from countermand.provider._bodies import (
    json_object,
    object_list,
    object_member,
    printable,
    provider_id,
)
from countermand.provider._cancellations import BaseCancellation
from countermand.provider._evidence import Proof, is_refusal, is_true, is_undecided, prove
from countermand.provider._fields import (
    derive_provider_key,
    validate_decimal_amount,
    validate_id,
    validate_minor_units,
    validate_uuid,
)
from countermand.provider._provider import Comparison, Provider, load_provider
from countermand.provider._responses import (
    maybe_executed,
    parse_typed,
    proves_nothing,
    status_phrase,
    typed_later,
    verdict_from_reply,
)
from countermand.provider._verdicts import (
    Absent,
    Changed,
    Changing,
    Done,
    Finding,
    Found,
    LinkRequired,
    MaybeExecuted,
    NotKnown,
    ReadBack,
    Refused,
    Refuted,
    Snapshot,
    SnapshotRead,
    Taken,
    Throttled,
    TokenRejected,
    Verdict,
)

__all__ = [
    "FULL",
    "Absent",
    "Account",
    "BaseCancellation",
    "BearerAccount",
    "Call",
    "Changed",
    "Changing",
    "Comparison",
    "Done",
    "Echo",
    "Finding",
    "Found",
    "Full",
    "Headers",
    "IdempotencyKey",
    "LinkRequired",
    "MaybeExecuted",
    "Money",
    "NotKnown",
    "Operation",
    "Place",
    "Proof",
    "Provider",
    "ProviderError",
    "ReadBack",
    "Refused",
    "Refuted",
    "Repeat",
    "ReplyEvidence",
    "Sign",
    "Snapshot",
    "SnapshotRead",
    "Taken",
    "Throttled",
    "TokenRejected",
    "TokenSource",
    "Verdict",
    "Words",
    "credential_fingerprint",
    "derive_provider_key",
    "format_amount",
    "hide_arguments",
    "is_refusal",
    "is_true",
    "is_undecided",
    "json_object",
    "load_provider",
    "masked",
    "maybe_executed",
    "object_list",
    "object_member",
    "parse_typed",
    "printable",
    "prove",
    "proves_nothing",
    "provider_id",
    "require_https",
    "status_phrase",
    "typed_later",
    "validate_base_url",
    "validate_decimal_amount",
    "validate_id",
    "validate_minor_units",
    "validate_secret",
    "validate_token",
    "validate_uuid",
    "verdict_from_reply",
]
