"""A provider as one value, and how it is found by the name of its API."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from attrs import frozen

from countermand._entry_points import ProviderError, load_registered
from countermand.provider._cancellations import BaseCancellation
from countermand.provider._responses import verdict_from_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse
    from countermand.provider._verdicts import ReadBack, Snapshot, SnapshotRead, Verdict

C = TypeVar("C", bound=BaseCancellation)

GROUP: Final = "countermand.providers"
"""The entry point group in which other distributions register their providers."""
MODULES: Final = {
    "bento": "countermand.bento",
    "pace_fueling": "countermand.pace_fueling",
    "pace_pay": "countermand.pace_pay",
    "unzer": "countermand.unzer",
    "vtex": "countermand.vtex",
}
"""The providers of this distribution. No other distribution may register their names."""


@frozen(kw_only=True)
class Comparison(Generic[C]):
    """Proves a cancel by the payment before it and after it, where no marker can be read.

    For a request whose repeat may do harm. The client reads the payment before each send, and
    records the snapshot with the attempt; without a snapshot it sends nothing. After a lost answer,
    and after a refusal about the payment's state, it reads again and compares.

    `Absent` says that nothing has changed and nothing is under way. Such a read proves nothing
    alone: the request may arrive later. Two of them, at least `Policy.late_arrival_window` apart,
    prove that the cancel was not executed. The client never sends it again by itself.

    Attributes:
        before: Reads the payment before a send. Its result is the snapshot, or why none is sent.
        after: Compares the payment with the snapshot of the last send; None if there is none.
        instead: How to cancel without these reads, for messages.
    """

    before: Callable[[C], SnapshotRead]
    after: Callable[[C, Snapshot | None], ReadBack]
    instead: str


@frozen(kw_only=True)
class Provider(Generic[C]):
    """The definition of a provider: two names, a class and pure functions.

    None of the functions performs I/O, reads a clock or uses randomness, and none of them raises.

    Attributes:
        api: The name of the API, as in `Operation.api`, `Cancellation.api` and the entry point.
        name: The provider's name in messages.
        cancellation: The class of its cancellations.
        build_request: Makes the request for a cancellation under an idempotency key.
        interpret: Maps any reply to that request, with the request and the cancellation, to a
            verdict.
        interpret_reply: Maps any reply to a request of any operation of the API to a verdict.
        read_back: Reads what a cancel without a usable answer has done. None if the API has no such
            read, or if a repeat of the request serves as one.
        read_accepted: The same for an accepted cancel with this reference of the provider's, where
            its failure is found by other reads.
        comparison: Reads before and after in place of `read_back`, where no marker can be read.
    """

    api: str
    name: str
    cancellation: type[C]
    build_request: Callable[[C, str], Call[Any]]
    interpret: Callable[[RawResponse, Call[Any], C], Verdict]
    interpret_reply: Callable[[RawResponse, Call[Any]], Verdict] = verdict_from_reply
    read_back: Callable[[C, str], ReadBack] | None = None
    read_accepted: Callable[[C, str, str | None], ReadBack] | None = None
    comparison: Comparison[C] | None = None


def load_provider(api: str) -> Provider[Any]:
    """Load a provider by the name of its API.

    The five of this distribution stand in a table. Others register by an entry point of the group
    `countermand.providers`.

    Raises:
        ProviderError: no provider has this name, or its registration is broken or not unique.
    """
    kind: type[Provider[Any]] = Provider
    registered = load_registered(GROUP, api, kind, reserved=MODULES)
    if registered is not None:
        return registered
    if api not in MODULES:
        raise ProviderError(f"no provider is registered as {api!r}; install the one that is meant")
    return _own(api)


def recorded_provider(api: str) -> Provider[Any]:
    """Load the provider of a recorded cancel.

    The five are found whatever other distributions register, so that a faulty one cannot hide their
    cancels.

    Raises:
        ProviderError: as `load_provider`, for every other name.
    """
    return _own(api) if api in MODULES else load_provider(api)


def _own(api: str) -> Provider[Any]:
    provider: Provider[Any] = import_module(MODULES[api]).PROVIDER
    return provider
