"""The answer as it arrives: status, headers, decoded body. No I/O."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from countermand._core.exchange import MAX_BODY
from countermand._http.codings import Decoder, Identity, decoder_for
from countermand._http.failures import WireError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from countermand._core.exchange import SendProgress
    from countermand.attempts import RawResponse


class AnswerReader:
    """Collects an answer in the progress of its request."""

    def __init__(self, progress: SendProgress) -> None:
        self._progress = progress
        self._received = 0
        self._decoder: Decoder = Identity()

    def start(self, status: int, raw_headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take the head.

        Raises:
            WireError: the body has a coding that is not supported.
        """
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw_headers
        )
        self._progress.on_head(status, headers)
        self._decoder = decoder_for(
            ", ".join(value for name, value in headers if name == "content-encoding")
        )

    def feed(self, chunk: bytes) -> None:
        """Take a chunk of the body.

        Raises:
            WireError: the body is too long, or its coding is broken.
        """
        body = self._progress.body
        self._received += len(chunk)
        body += self._decoder.feed(chunk, MAX_BODY + 1 - len(body))
        if max(len(body), self._received) > MAX_BODY:
            raise WireError(f"the body is longer than {MAX_BODY} bytes")

    def finish(self, *, must_be_json: bool = False) -> RawResponse:
        """Take the end of the message.

        Args:
            must_be_json: Whether only a complete JSON document shows that the body is complete.
        """
        problem = None
        if not self._decoder.is_complete:
            problem = "the compressed body is cut"
        elif must_be_json and not _is_json_document(bytes(self._progress.body)):
            problem = "the connection ended without TLS close_notify"
        return self._progress.on_end(problem)


def _is_json_document(body: bytes) -> bool:
    """Whether a body is a whole JSON object or array; a number may be the half of one."""
    try:
        return isinstance(json.loads(body), (dict, list))
    except (ValueError, RecursionError):
        return False
