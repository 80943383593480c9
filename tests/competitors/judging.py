"""When a client is right: what it said, held against what the provider counted."""

from collections.abc import Mapping
from typing import Literal, Self

from attrs import frozen

Verdict = Literal["ok", "error", "none"]

HUNG = "Hung"
"""The kind of what a client says that was still at it when its time was over."""


@frozen(kw_only=True)
class Said:
    """What a client said about its cancel.

    Attributes:
        verdict: `ok`, an `error`, or `none` where it said nothing: it hung, or died, or lacks the
            operation.
        kind: The error's class.
        detail: The error's message, shortened.
        maybe: Whether the error says that the cancel may have been executed: by the meaning of its
            class, or by a 2xx status that it carries.
        server_error: Whether it carries a 5xx status, which careful people read in the same way.
    """

    verdict: Verdict
    kind: str = ""
    detail: str = ""
    maybe: bool = False
    server_error: bool = False

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Self:
        """Take a driver's JSON; raises `ValueError` where it is not what a driver prints."""
        verdict = document.get("verdict")
        if verdict not in {"ok", "error", "none"}:
            raise ValueError(f"no verdict: {verdict!r}")
        return cls(
            verdict=verdict,
            kind=str(document.get("type", "")),
            detail=str(document.get("detail", "")),
            maybe=document.get("maybe") is True,
            server_error=document.get("server_error") is True,
        )


@frozen(kw_only=True)
class Measured:
    """One cancel of one client: what was said, and what was counted where it happened.

    Attributes:
        said: What the client said.
        executions: How often the provider executed the cancel.
        requests: How many requests reached the provider's proxy.
        strays: How many reached the wrong origin, or, with the id `..`, the wrong resource.
        proof: Whether the first answer proved the cancel.
        answered: Whether any answer came at all, so that a further request could prove it.
        control: Whether nothing went wrong, so that only `ok` will do.
        seconds: How long it took, starting a process included.
    """

    said: Said
    executions: int
    requests: int
    strays: int = 0
    proof: bool = False
    answered: bool = True
    control: bool = False
    seconds: float = 0.0

    @property
    def complaint(self) -> str | None:
        """What is wrong, or None.

        A verdict is right where it is `ok`, the cancel was executed once, and an answer proved it:
        the first one, or that to a further request. An error is right where nothing was executed,
        or where it says that the cancel may have been.
        """
        if self.executions > 1:
            return f"executed {self.executions} times"
        if self.strays:
            return f"{self.strays} requests went astray"
        if self.said.verdict == "none":
            return "said nothing"
        if self.said.verdict == "ok":
            return self._false_ok()
        if self.control:
            return "an error though nothing went wrong"
        if self.executions and not self.said.maybe:
            return "an error that does not say that it may have been executed, and it was"
        return None

    @property
    def mute(self) -> bool:
        """Whether all that is wrong is that the client was still at it."""
        return self.said.kind == HUNG and self.executions <= 1 and not self.strays

    @property
    def forgivable(self) -> bool:
        """Whether all that is wrong is an error with a 5xx status that says no more than that."""
        silent = self.said.verdict == "error" and self.executions == 1 and not self.strays
        return silent and self.said.server_error and not self.said.maybe

    def _false_ok(self) -> str | None:
        if not self.executions:
            return "ok, and it was not executed"
        proven = self.proof or (self.answered and self.requests > 1)
        return None if proven else "ok without any proof"
