# Generated from specs/codegen/static/types.py. Do not edit; run: nox -s generate
"""Types that all generated clients share."""

from collections.abc import Mapping
from typing import Final, Generic, Literal, TypeVar

from attrs import field, frozen

T = TypeVar("T")


class Unset:
    """The type of `UNSET`: a field that is not in the document, as opposed to one that is null.

    There is one instance per process, and copying or unpickling returns it, so that `is UNSET`
    always tells.
    """

    __slots__ = ()
    _instance: "Unset | None" = None

    def __new__(cls) -> "Unset":  # noqa: PYI034 - there are no subclasses.
        """Return the one instance."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __bool__(self) -> Literal[False]:
        """Count as false, as an absent field does."""
        return False

    def __repr__(self) -> str:
        """Show the name under which it is imported."""
        return "UNSET"

    def __reduce__(self) -> str:
        """Copy and unpickle to the module's own `UNSET`."""
        return "UNSET"


UNSET: Final = Unset()


@frozen
class Response(Generic[T]):
    """A reply: status, body and headers as they came, and the typed body if there is one.

    `parsed` is `None` for a status that is documented without a body or not documented at all.
    """

    status_code: int
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    parsed: T


__all__ = ["UNSET", "Response", "Unset"]
