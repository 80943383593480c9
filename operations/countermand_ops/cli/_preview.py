"""What a cancel will send, credentials masked, and the command that repeats it. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from attrs import frozen

from countermand._secrets import REDACTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from countermand.provider import Account, BaseCancellation


@frozen(kw_only=True)
class RequestPreview:
    """The request of a cancel.

    Attributes:
        method: The HTTP method.
        url: The whole URL.
        headers: The header fields; the values of those that hold credentials are masked.
        body: The body as text; None without one.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None


def preview(account: Account, cancellation: BaseCancellation, key: str) -> RequestPreview:
    """The request that a cancel sends; a provider may be read before it and after it."""
    call = account.provider.build_request(cancellation, key)
    query = f"?{call.query}" if call.query else ""
    # The names alone: a value is masked whole, whatever spelling of the credential it holds.
    credentials = tuple((name, REDACTED) for name, _ in account.auth_headers(REDACTED))
    return RequestPreview(
        method=call.operation.method,
        url=f"{account.endpoint}{call.path}{query}",
        headers=(*call.headers, *credentials),
        body=None if call.content is None else call.content.decode(errors="replace"),
    )


def repeat_command(provider: str, options: Mapping[str, Any]) -> str:
    """The command line of a cancel, quoted for a shell.

    Args:
        provider: The provider's name on the command line.
        options: The options with their values. True stands for an option without a value; None and
            False leave it out.
    """
    words = ["countermand", "cancel", provider]
    for option, value in options.items():
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            words.append(f"{option}={value}" if str(value).startswith("-") else option)
            words += [] if str(value).startswith("-") else [str(value)]
    return shlex.join(words)
