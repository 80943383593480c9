"""One HTTP exchange as values: the request, the failure, and how far it got. No I/O."""

from __future__ import annotations

from typing import Final

from attrs import define, field, frozen

from countermand.attempts import RawResponse, Sent

MAX_BODY: Final = 1024 * 1024
"""Bytes of a reply that are read; a longer body counts as cut."""


@frozen(kw_only=True)
class PreparedRequest:
    """A request ready to be sent. Its repr shows no header, since headers hold credentials."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes | None = None


@frozen(kw_only=True)
class TransportFailure:
    """An exchange without a status."""

    sent: Sent
    """NOT_SENT or MAYBE_SENT."""
    problem: str


@define
class SendProgress:
    """How far a request has got. Updated while it is sent, so that an interruption finds it true.

    These are facts: what counts is whether bytes of the request were handed to the kernel, and not
    the class of an exception, which stands for a refused connection and for a reset one.
    """

    sent: Sent = Sent.NOT_SENT
    url: str = ""
    """The URL that is asked, without its query."""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytearray = field(factory=bytearray, repr=False)
    """The part of the body that has arrived, decoded."""
    sent_again: bool = False
    """Whether a transport of the caller's sent the request more than once."""
    answer: RawResponse | None = None
    """The whole answer, once its message has ended."""

    def on_head(self, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Note that the head of the answer is complete."""
        self.sent = Sent.RESPONDED
        self.status = status
        self.headers = headers

    def on_end(self, problem: str | None) -> RawResponse:
        """Note that the answer has ended, and whether something is wrong with it."""
        assert self.status is not None
        self.answer = self._response(self.status, problem)
        return self.answer

    def on_error(self, error: BaseException) -> None:
        """Called with the error or the interruption that ends the exchange; does nothing here."""

    def result(self, problem: str) -> RawResponse | TransportFailure:
        """The result of an exchange that broke off, if its answer has not ended before."""
        if self.answer is not None:
            return self.answer
        if self.sent is Sent.RESPONDED and self.status is not None:
            return self._response(self.status, problem)
        return TransportFailure(
            sent=Sent.NOT_SENT if self.sent is Sent.NOT_SENT else Sent.MAYBE_SENT, problem=problem
        )

    def _response(self, status: int, problem: str | None) -> RawResponse:
        return RawResponse(
            status=status,
            headers=self.headers,
            body=bytes(self.body),
            problem=problem,
            url=self.url,
            sent_again=self.sent_again,
        )
