"""A request as bytes, and where it goes. No I/O."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from attrs import frozen

from countermand._http.failures import WireError
from countermand._secrets import SecretBytes
from countermand._urls import DEFAULT_PORTS

if TYPE_CHECKING:
    from countermand._core.exchange import PreparedRequest

URL: Final = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE: Final = re.compile(r"(?:[!-~](?:[ -~\t]*[!-~])?)?")
TARGET: Final = re.compile(r"[!-~]+")
MAX_URL: Final = 65536
"""Characters: no server takes as many."""

PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))
FRAMING: Final = {"host", "content-length", "transfer-encoding", "connection"}
"""Headers that belong to the connection; a call cannot set them."""

HAVE_A_BODY: Final = {"POST", "PUT", "PATCH"}
"""Methods whose request says that its body is empty."""


@frozen
class Origin:
    """Scheme, host and port of a server."""

    scheme: str
    host: str
    """In ASCII, and without brackets."""
    port: int
    authority: str
    """As in the Host header."""

    @property
    def written_port(self) -> int | None:
        """The port, unless it is the scheme's own."""
        return None if self.port == DEFAULT_PORTS[self.scheme] else self.port


@lru_cache(maxsize=1024)
def _origin(scheme: str, authority: str) -> Origin:
    parts = urlsplit(f"{scheme}://{authority}")
    host, port = parts.hostname or "", parts.port
    if not host.isascii():
        # Loaded late, because its tables are large and hardly any host needs them.
        import idna  # noqa: PLC0415

        host = idna.encode(host, uts46=True).decode("ascii")
    shown = f"[{host}]" if ":" in host else host
    default = DEFAULT_PORTS[scheme]
    if port not in {None, default}:
        shown = f"{shown}:{port}"
    return Origin(scheme, host, default if port is None else port, shown)


def split_url(url: str) -> tuple[Origin, str]:
    """The origin and the request target of a URL.

    Raises:
        WireError: it is no URL.
    """
    found = URL.match(url)
    if len(url) > MAX_URL:
        raise WireError(f"the URL is longer than {MAX_URL} characters")
    if found is None:
        raise WireError("the URL must begin with http:// or https://")
    scheme, authority, target = found.groups()
    try:
        origin = _origin(scheme.lower(), authority)
    except ValueError as wrong:
        raise WireError(f"the URL's host or port is invalid: {wrong}") from None
    if not origin.host:
        raise WireError("the URL names no host")
    if not target.startswith("/"):
        target = f"/{target}"
    return origin, target if target.isascii() else quote(target, safe=PRINTABLE)


def header_fields(request: PreparedRequest, origin: Origin) -> list[tuple[str, str]]:
    """All headers of a request, in order."""
    fields = [("Host", origin.authority)]
    fields += [field for field in request.headers if field[0].lower() not in FRAMING]
    if request.content or request.method in HAVE_A_BODY:
        fields.append(("Content-Length", str(len(request.content or b""))))
    fields.append(("Connection", "close"))
    return fields


def serialize(request: PreparedRequest, origin: Origin, target: str) -> SecretBytes:
    """The request as it goes over the wire, in one piece.

    Raises:
        WireError: a part has a character that would end it early; nothing can be sent.
    """
    fields = header_fields(request, origin)
    if not TOKEN.fullmatch(request.method) or not TARGET.fullmatch(target):
        raise WireError("the request line has a character that HTTP forbids")
    for name, value in fields:
        if not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
            raise WireError("a header has a character that HTTP forbids")
    lines = [f"{request.method} {target} HTTP/1.1", *(f"{n}: {v}" for n, v in fields), "", ""]
    return SecretBytes("\r\n".join(lines).encode("ascii") + (request.content or b""))
