"""The environment's proxies, as httpx understands them."""

from __future__ import annotations

import os
import sys
from typing import Final
from urllib.parse import urlsplit

from countermand._urls import DEFAULT_PORTS

ASKS_THE_SYSTEM: Final = {"darwin", "win32"}
"""Platforms on which Python also finds proxies in the system's settings."""


def environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for a URL, if any."""
    if sys.platform not in ASKS_THE_SYSTEM and not _names_a_proxy():
        return None
    # Loaded late, because it brings http.client and the email package.
    from urllib.request import getproxies  # noqa: PLC0415

    found = getproxies()
    scheme = urlsplit(url).scheme
    proxy = found.get(scheme) or found.get("all")
    if not proxy or any(_excepts(entry.strip(), url) for entry in found.get("no", "").split(",")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _names_a_proxy() -> bool:
    return any(name.lower().endswith("_proxy") for name in os.environ)


def _excepts(entry: str, url: str) -> bool:
    """Whether an entry of NO_PROXY means a URL.

    A name also means the names below it; with a dot in front, only those. An address, `localhost`
    and an entry with a scheme mean themselves.
    """
    if entry == "*":
        return True
    scheme, separator, rest = entry.rpartition("://")
    asked = urlsplit(url)
    host, port = _host_and_port(rest)
    if not host or scheme not in {"", "all", asked.scheme}:
        return False
    if port is not None and port != (asked.port or DEFAULT_PORTS[asked.scheme]):
        return False
    name = asked.hostname or ""
    if separator and host.startswith("*"):
        host = host.removeprefix("*")
    elif separator or host == "localhost" or host.replace(".", "").isdigit() or ":" in host:
        return name == host
    if host.startswith("."):
        return name.endswith(host)
    return name == host or name.endswith(f".{host}")


def _host_and_port(entry: str) -> tuple[str, int | None]:
    """Host in lower case and port of an entry; an IPv6 address may stand without brackets."""
    if entry.count(":") > 1 and not entry.startswith("["):
        return entry.lower(), None
    try:
        parts = urlsplit(f"//{entry}")
        port = parts.port
    except ValueError:
        return "", None
    return parts.hostname or "", port
