"""A provider as one value: the pure functions behind its module's two public names."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import frozen

from countermand.provider._cancellations import BaseCancellation

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand_clients.operation import Call

    from countermand.attempts import RawResponse
    from countermand.provider._verdicts import ReadBack, Verdict

C = TypeVar("C", bound=BaseCancellation)


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
        objection: What a 2xx of any operation says against itself; None where it cannot.
        read_back: How to find out what became of a cancel whose answer is missing; None where the
            API offers no such way, or where a repeat of the request is that way.
    """

    api: str
    name: str
    cancellation: type[C]
    build_request: Callable[[C, str], Call[Any]]
    interpret: Callable[[RawResponse, C, str], Verdict]
    interpret_error: Callable[[RawResponse], Verdict]
    find_rejection: Callable[[RawResponse], Verdict | None] | None = None
    read_back: Callable[[C, str], ReadBack] | None = None


def load_provider(api: str) -> Provider[Any]:
    """The provider of an API's module.

    Raises:
        LookupError: there is no such module.
    """
    if not api.isidentifier():
        raise LookupError(f"no such provider: {api!r}")
    try:
        module = import_module(f"countermand.{api}")
    except ModuleNotFoundError:
        raise LookupError(f"no such provider: {api!r}") from None
    provider: Provider[Any] = module.PROVIDER
    return provider
