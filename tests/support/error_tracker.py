# ruff: noqa: T201 - a program that prints its findings.
"""Report every error to an error tracker's SDK at its defaults, and search what it uploads.

`python -m tests.support.error_tracker`
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import sentry_sdk
from sentry_sdk.transport import Transport

from tests.support.failures import failures, leaks

if TYPE_CHECKING:
    from sentry_sdk.envelope import Envelope

uploads: list[str] = []


class Collected(Transport):
    """Keeps what would be uploaded."""

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keep an event."""
        uploads.extend(json.dumps(item.payload.json) for item in envelope.items)


def main() -> None:
    """Print how many errors were reported, and which of them show a credential."""
    sentry_sdk.init(dsn="https://public@tracker.invalid/1", transport=Collected)
    found: dict[str, list[str]] = {}
    count = 0
    for name, error in failures():
        uploads.clear()
        sentry_sdk.capture_exception(error)
        assert any('"stacktrace"' in text and '"vars"' in text for text in uploads), name
        count += 1
        if shown := leaks(" ".join(uploads)):
            found[name] = shown
    print(f"errors reported: {count}")
    print(f"uploads with a credential: {found}")


if __name__ == "__main__":
    main()
