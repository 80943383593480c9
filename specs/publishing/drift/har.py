"""Traffic as HAR 1.2 (W3C Web Performance group, "HTTP Archive format"), without credentials."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

import attrs

from countermand.sandbox._state.records import masked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RawHeaders = tuple[tuple[bytes, bytes], ...]

ORIGIN: Final = "https://sandbox.invalid"
"""Stands for the sandbox, whose port is another one in every run."""

_TIMINGS: Final = {"send": 0, "wait": 0, "receive": 0}


@attrs.frozen(kw_only=True)
class Exchange:
    """One request and its answer, as the provider saw them."""

    started: str
    method: str
    target: str
    request_headers: RawHeaders
    request_body: bytes
    status: int
    response_headers: RawHeaders
    response_body: bytes

    def entry(self) -> dict[str, Any]:
        """The exchange as an entry of a HAR, credentials struck out."""
        url = ORIGIN + self.target
        headers = _headers(self.request_headers)
        request: dict[str, Any] = {
            "method": self.method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers,
            "queryString": [
                {"name": name, "value": value}
                for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
            ],
            "headersSize": -1,
            "bodySize": len(self.request_body),
        }
        if self.request_body:
            kind = header(headers, "content-type")
            text = self.request_body.decode("utf-8", "backslashreplace")
            request["postData"] = {"mimeType": kind, "text": text}
        return {
            "startedDateTime": self.started,
            "time": 0,
            "request": request,
            "response": self._response(),
            "cache": {},
            "timings": _TIMINGS,
        }

    def _response(self) -> dict[str, Any]:
        headers = _headers(self.response_headers)
        content: dict[str, Any] = {
            "size": len(self.response_body),
            "mimeType": header(headers, "content-type"),
        }
        try:
            content["text"] = self.response_body.decode()
        except UnicodeDecodeError:
            content["text"] = base64.b64encode(self.response_body).decode()
            content["encoding"] = "base64"
        return {
            "status": self.status,
            "statusText": HTTPStatus(self.status).phrase,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": headers,
            "content": content,
            "redirectURL": header(headers, "location"),
            "headersSize": -1,
            "bodySize": len(self.response_body),
        }


def archive(exchanges: Iterable[Exchange]) -> dict[str, Any]:
    """Traffic as a whole HAR."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "countermand", "version": "1"},
            "entries": [exchange.entry() for exchange in exchanges],
        }
    }


def write(path: Path, exchanges: Iterable[Exchange]) -> None:
    """Write traffic into a file, and make its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(archive(exchanges), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> list[dict[str, Any]]:
    """The entries of a HAR file, whoever wrote it.

    Raises:
        ValueError: it is no HAR.
    """
    try:
        entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["log"][
            "entries"
        ]
    except (LookupError, TypeError) as error:
        raise ValueError(f"{path} is no HAR: it has no log.entries") from error
    return entries


def header(headers: list[dict[str, str]], name: str) -> str:
    """The value of a header field, empty where it is absent; `name` in lower case."""
    return next((item["value"] for item in headers if item["name"].lower() == name), "")


def _headers(raw: RawHeaders) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in masked(raw)]
