"""Reading back: what a look at the provider says about a cancel whose answer is missing. Pure."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from attrs import frozen
from countermand_clients.operation import Call

if TYPE_CHECKING:
    from countermand._verdicts import Done, Refused

from countermand.attempts import RawResponse


@frozen
class Found:
    """The cancel is there."""

    done: Done


@frozen
class Refuted:
    """The payment is in a state that the cancel can neither have reached nor reach any more."""

    refused: Refused


@frozen
class Absent:
    """Everything was read, and the cancel is not there; the request may still be on its way."""

    reason: str


@frozen
class NotKnown:
    """The look proves nothing."""

    reason: str


Finding = Found | Refuted | Absent | NotKnown

Reading = Generator[Call[Any], RawResponse | None, Finding]
"""
Asks for one read after the other and ends in a finding. It is sent the reply to each, or None where
none could be had.
"""
