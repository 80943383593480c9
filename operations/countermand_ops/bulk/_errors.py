"""Why a file cannot be planned, or a plan not be carried out."""

from __future__ import annotations

from attrs import frozen


class BulkError(ValueError):
    """A file or a plan is refused; nothing was sent. The message has the right form."""


@frozen
class Fault:
    """Something that is wrong in a file.

    Attributes:
        line: The number of the line on which the row begins.
        message: What is wrong, and the right form.
    """

    line: int
    message: str
