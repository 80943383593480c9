"""Asks the caller's functions for tokens and linked identities. Nothing is kept for later calls.

Calls of the same user that need a linked identity at the same time share one question, so that the
user logs in once. `async_credentials` does the same for asyncio.

What a function of the caller's raises passes through: it may be a signal handler's. Only errors of
this package are turned into an answer, since they would be taken for the outcome of this call.
"""

from __future__ import annotations

import inspect
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from countermand._core.commands import TokenDenied, TokenGranted
from countermand._secrets import masked
from countermand.errors import CountermandError
from countermand.provider._accounts import ADDS_SCHEME, has_scheme, is_header_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from countermand.identity import LinkChallenge, LinkHandler
    from countermand.provider._accounts import Account

    Answer = TokenGranted | TokenDenied

NESTED_LINK: Final = "the linked-identity handler cancels for the user whom it is to link"


def fetch_token(source: Callable[[str | None], object], user: str | None) -> Answer:
    """Ask a token callable."""
    try:
        return token_answer(_call(source, user))
    except CountermandError as error:
        return TokenDenied(f"the token callable raised {type(error).__name__}", cause=error)


@frozen(eq=False)
class LinkQuestion:
    """One question of the linked-identity handler, from the call that asks to the answer."""

    subject: tuple[int, int, str | None]
    """The client's questions and the account, by identity, and the user."""
    answer: Future[Answer | None] = field(factory=Future[Any])
    """None if the asking call was interrupted: then a call that waits asks."""

    def __attrs_post_init__(self) -> None:
        # A task that is cancelled while it waits must not cancel the answer of the others.
        self.answer.set_running_or_notify_cancel()

    @property
    def is_nested(self) -> bool:
        """Whether the handler that asks this user has made this call itself."""
        return any(
            outer.subject == self.subject and not outer.answer.done() for outer in _asking.get()
        )

    @contextmanager
    def asked(self) -> Generator[None]:
        """Mark the question as asked in this context; an exception answers the calls that wait."""
        before = _asking.set((*_asking.get(), self))
        try:
            yield
        except Exception as error:
            problem = f"the linked-identity handler raised {type(error).__name__}"
            self.answer.set_result(TokenDenied(problem, cause=error))
            if not isinstance(error, CountermandError):
                raise
        finally:
            # A coroutine that was dropped with its event loop is closed in another context.
            with suppress(ValueError):
                _asking.reset(before)


_asking: ContextVar[tuple[LinkQuestion, ...]] = ContextVar("countermand_asking", default=())
"""The questions whose handlers are running in this context."""


class LinkQuestions:
    """The questions of one client's linked-identity handler that are running.

    Calls of the same user and account share a question; under asyncio, those of one event loop.
    Calls without a user share none: they may be about two persons.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """In a forked child: the questions that are running are its parent's."""
        self._running: dict[object, LinkQuestion] = {}

    @contextmanager
    def joined(
        self, account: Account, user: str | None, loop: object = None
    ) -> Generator[tuple[LinkQuestion, bool]]:
        """The running question to a user, or a new one; True for the call that is to ask it."""
        own = LinkQuestion((id(self), id(account), user))
        place = (own.subject, loop)
        try:
            shared = own if user is None else self._running.setdefault(place, own)
            yield shared, shared is own
        finally:
            if self._running.get(place) is own:
                del self._running[place]
            if not own.answer.done():
                own.answer.set_result(None)


def link_identity(
    questions: LinkQuestions,
    account: Account,
    handler: LinkHandler,
    challenge: LinkChallenge,
    token: str | None,
) -> Answer:
    """Let the handler ask the user, or wait for the call that does; None keeps `token`."""
    answer = None
    while answer is None:
        with questions.joined(account, challenge.user) as (question, is_new):
            if question.is_nested:
                return TokenDenied(NESTED_LINK)
            if is_new:
                with question.asked():
                    question.answer.set_result(link_answer(_call(handler, challenge)))
            answer = question.answer.result()
    return or_current(answer, token)


def token_answer(value: object) -> Answer:
    """What a token callable returned, as an answer."""
    problem = _token_problem(value)
    if problem or not isinstance(value, str):
        return TokenDenied(f"the token callable returned {problem}")
    return TokenGranted(masked(value))


def link_answer(value: object) -> Answer:
    """What a linked-identity handler returned, as an answer."""
    problem = None if value is None else _token_problem(value)
    if problem:
        return TokenDenied(f"the linked-identity handler returned {problem}")
    return TokenGranted(masked(value) if isinstance(value, str) else None)


def or_current(answer: Answer, token: str | None) -> Answer:
    """The answer, with the current token where the handler gave none."""
    return answer if isinstance(answer, TokenDenied) else TokenGranted(answer.token or token)


def _token_problem(value: object) -> str | None:
    if inspect.isawaitable(value):
        return "an awaitable, which needs AsyncClient"
    if not isinstance(value, str):
        return f"{type(value).__name__} instead of a str"
    if has_scheme(value):
        return f"a token with 'Bearer' before it; {ADDS_SCHEME}"
    return None if is_header_safe(value) else "a token that no header can carry"


def _call(function: Callable[[Any], object], argument: object) -> object:
    value = function(argument)
    if inspect.iscoroutine(value):
        value.close()
    return value
