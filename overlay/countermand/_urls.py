"""URLs that are compared: destinations of keys, targets of redirects. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def normalized_url(url: str) -> str:
    """Scheme, host, port and path; two spellings of one address are equal (RFC 3986, 6.2).

    Raises:
        ValueError: it is no URL.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path}"
