"""Asks the caller's functions for tokens and linked identities by awaiting. See `credentials`."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from countermand._core.commands import TokenDenied
from countermand._runtime.credentials import (
    NESTED_LINK,
    link_answer,
    or_current,
    token_answer,
)
from countermand._threads import in_pool
from countermand.errors import CountermandError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from countermand._runtime.credentials import Answer, LinkQuestions
    from countermand.identity import LinkChallenge, LinkHandler
    from countermand.provider._accounts import Account


class NoThreadError(Unreachable):
    """The system has no more threads, or Python shuts down."""


async def fetch_token(
    source: Callable[[str | None], Any],
    user: str | None,
    timeout: float,  # noqa: ASYNC109 - the command's own
) -> Answer:
    """Ask a token callable, for at most `timeout` seconds."""
    bound = asyncio.timeout(timeout)
    try:
        async with bound:
            return token_answer(await _call(source, user))
    except TimeoutError:
        if not bound.expired():
            raise
        return TokenDenied("no token came within the deadline")
    except NoThreadError as error:
        return TokenDenied(str(error), was_asked=False)
    except CountermandError as error:
        return TokenDenied(f"the token callable raised {type(error).__name__}", cause=error)


async def link_identity(
    questions: LinkQuestions,
    account: Account,
    handler: LinkHandler,
    challenge: LinkChallenge,
    token: str | None,
) -> Answer:
    """As `credentials.link_identity`; calls of one event loop share a question."""
    answer, loop = None, asyncio.get_running_loop()
    while answer is None:
        with questions.joined(account, challenge.user, loop) as (question, is_new):
            if question.is_nested:
                return TokenDenied(NESTED_LINK)
            if is_new:
                with question.asked():
                    question.answer.set_result(link_answer(await _call(handler, challenge)))
            answer = await asyncio.wrap_future(question.answer)
    return or_current(answer, token)


async def _call(function: Callable[[Any], Any], argument: object) -> object:
    """Call a function: a coroutine function here, a plain one on a thread, since it may block."""
    if inspect.iscoroutinefunction(function):
        return await function(argument)
    loop = asyncio.get_running_loop()
    try:
        answer = in_pool(loop, None, _without_stop_iteration, function, argument)
    except RuntimeError as error:
        raise NoThreadError(f"no thread to call the function in: {error}") from None
    value = await answer
    return await value if inspect.isawaitable(value) else value


def _without_stop_iteration(function: Callable[[Any], Any], argument: object) -> Any:
    """Call a function; a future cannot carry the StopIteration of an exhausted iterator."""
    try:
        return function(argument)
    except StopIteration as exhausted:
        raise RuntimeError("the callable raised StopIteration") from exhausted
