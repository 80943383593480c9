"""The server for looking at a built tree."""

import json
import urllib.error
import urllib.request
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest


def get(address: str) -> tuple[int, str, bytes]:
    """Ask for an address; give the status, the media type and the body."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def test_every_listed_file_has_the_media_type_of_the_index(tree: Path, origin: str) -> None:
    """What index.json says is what a client gets, and so are the bytes."""
    for file in json.loads((tree / "index.json").read_text(encoding="utf-8"))["files"]:
        status, media_type, body = get(origin + file["path"])
        assert (status, media_type.split(";")[0]) == (200, file["mediaType"])
        assert body == (tree / file["path"]).read_bytes()


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("unzer/", "text/html; charset=utf-8"),
        ("assets/site.css", "text/css; charset=utf-8"),
        ("assets/search.js", "text/javascript; charset=utf-8"),
        ("assets/icon.svg", "image/svg+xml"),
        ("SHA256SUMS", "text/plain; charset=utf-8"),
        (
            ".well-known/api-catalog",
            'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
        ),
    ],
)
def test_pages_and_their_parts_have_media_types(origin: str, path: str, media_type: str) -> None:
    """Browsers are told what they get."""
    assert get(origin + path)[:2] == (200, media_type)


@pytest.mark.parametrize("path", ["nowhere", "unzer/nowhere/deep.html", "assets/", "%00"])
def test_what_is_missing_is_answered_with_our_page(origin: str, path: str) -> None:
    """A wrong address leads on, at any depth, and a folder is not listed."""
    status, media_type, body = get(origin + path)
    assert (status, media_type) == (404, "text/html; charset=utf-8")
    assert b"Nothing is at this address" in body


def test_no_path_leads_out_of_the_tree(origin: str) -> None:
    """Dot segments, sent as they are, end at the root."""
    connection = HTTPConnection(urlsplit(origin).netloc, timeout=10)
    connection.request("GET", "/../../../../etc/hostname")
    assert connection.getresponse().status == 404
    connection.close()
