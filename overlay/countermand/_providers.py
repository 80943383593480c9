"""A provider as one value: the pure functions behind its module's two public names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import frozen

from countermand._cancellations import CancellationBase

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand_clients.operation import Call

    from countermand._verdicts import Verdict
    from countermand.attempts import RawResponse

C = TypeVar("C", bound=CancellationBase)


@frozen(kw_only=True)
class Provider(Generic[C]):
    """What the clients need to know of a provider. No I/O, no clock, no randomness in any of it.

    Attributes:
        api: The name under which the generated operations know it.
        name: The name a person knows it by.
        cancellation: The class whose instances it takes.
        build: The request for a cancellation under a key.
        judge: What a reply to that request means.
        refusal: What a reply that is no success means, for any operation of the API.
    """

    api: str
    name: str
    cancellation: type[C]
    build: Callable[[C, str], Call[Any]]
    judge: Callable[[RawResponse, C, str], Verdict]
    refusal: Callable[[RawResponse], Verdict]
