"""What the generated functions raise besides httpx's own errors; each carries the status."""

from collections.abc import Mapping


class ResponseError(Exception):
    """A reply arrived and its status is known, but there is no typed body to return."""

    def __init__(self, status_code: int, content: bytes, headers: Mapping[str, str]) -> None:
        """Keep what is known; `content` is empty where the body could not be read to its end."""
        # A plain dict, because the exception must survive pickling.
        super().__init__(status_code, content, dict(headers))
        self.status_code = status_code
        self.content = content
        self.headers: Mapping[str, str] = dict(headers)


class ResponseParseError(ResponseError):
    """The body broke off, or is not what the specification documents for this status.

    The request itself may well have succeeded: look at `status_code`. The cause is chained.
    """

    def __str__(self) -> str:
        """Name the status, and no part of the body."""
        return f"status {self.status_code}, but the body is not what is documented for it"


class UnexpectedStatus(ResponseError):  # noqa: N818 - the name that openapi-python-client's users know.
    """The status is not documented; raised only where the client asks for it."""

    def __str__(self) -> str:
        """Name the status, and no part of the body."""
        return f"status {self.status_code} is not documented for this operation"


__all__ = ["ResponseError", "ResponseParseError", "UnexpectedStatus"]
