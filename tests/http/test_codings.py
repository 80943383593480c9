"""Content codings: every common one is undone, however it is cut, and always within the limit."""

import gzip
import zlib

import pytest

from countermand import Sent
from countermand._core.exchange import MAX_BODY
from countermand._http.codings import Decoder, decoder_for
from countermand._http.failures import WireError
from tests.support.flavours import Flavour, exchange
from tests.support.rawserver import RawServer, answer, read, say

TEXT = b'{"state": "AuthVoided"}' * 40


def raw_deflate(data: bytes) -> bytes:
    """Deflate without zlib's frame, as some servers send it."""
    made = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return made.compress(data) + made.flush()


FORMS = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "x-gzip": (" X-GZIP", gzip.compress(TEXT)),
    "two members": ("gzip", gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:])),
    "empty members": ("gzip", gzip.compress(b"") * 3 + gzip.compress(TEXT) + gzip.compress(b"")),
    "padding": ("gzip", gzip.compress(TEXT) + b"\x00" * 8),
    "one byte more": ("gzip", gzip.compress(TEXT) + b"\x1f"),
    "zlib as gzip": ("gzip", zlib.compress(TEXT)),
    "zlib": ("deflate", zlib.compress(TEXT)),
    "raw deflate": ("deflate", raw_deflate(TEXT)),
    "gzip as deflate": ("deflate", gzip.compress(TEXT)),
    "identity": ("identity", TEXT),
}


def decoded(decoder: Decoder, data: bytes, size: int) -> bytes:
    """Feed data in chunks of a size."""
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(decoder.feed(chunk, MAX_BODY) for chunk in chunks)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize("form", FORMS)
def test_a_coding_is_undone_however_it_is_cut(form: str, size: int) -> None:
    """A byte at a time and in one piece."""
    coding, data = FORMS[form]
    decoder = decoder_for(coding)
    assert decoded(decoder, data, size) == TEXT
    assert decoder.is_complete


@pytest.mark.parametrize("form", [form for form in FORMS if form != "identity"])
def test_half_a_coding_is_not_complete(form: str) -> None:
    """Whatever it decodes to so far."""
    coding, data = FORMS[form]
    for size in (1, len(data) // 3):
        decoder = decoder_for(coding)
        decoder.feed(data[:size], MAX_BODY)
        assert not decoder.is_complete


@pytest.mark.parametrize("coding", ["gzip", "deflate", "identity", ""])
def test_nothing_decodes_to_nothing(coding: str) -> None:
    """A 204 may have a coding."""
    decoder = decoder_for(coding)
    assert decoder.feed(b"", MAX_BODY) == b""
    assert decoder.is_complete


@pytest.mark.parametrize(
    ("coding", "data"),
    [("gzip", b'{"a": 1}'), ("gzip", raw_deflate(TEXT)), ("deflate", b"\xff" * 9)],
)
def test_what_is_no_such_coding_is_refused(coding: str, data: bytes) -> None:
    """Raw deflate is not taken for gzip: almost any bytes are valid deflate."""
    with pytest.raises(WireError, match="broken"):
        decoder_for(coding).feed(data, MAX_BODY)


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "zstd", "x" * 100])
def test_any_other_coding_was_not_asked_for(coding: str) -> None:
    """Its name is shown, but not at any length."""
    with pytest.raises(WireError, match="not asked for") as refused:
        decoder_for(coding)
    assert len(str(refused.value)) < 80


BOMBS = {
    "one member": gzip.compress(b" " * (8 * MAX_BODY)),
    "many members": gzip.compress(b" " * 700_000) * 100,
    "empty members": gzip.compress(b"") * 60_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_cut_at_the_limit(flavour: Flavour, bomb: str) -> None:
    """In what it decodes to, and in what it sends."""
    with RawServer([read, say(answer(200, BOMBS[bomb], "content-encoding: gzip"))]) as server:
        result = exchange(flavour, server.url)
    assert (result.sent, result.status) == (Sent.RESPONDED, 200)
    assert "longer than" in (result.problem or "")
    assert len(result.body) <= MAX_BODY + 1


@pytest.mark.parametrize("form", FORMS)
def test_a_coding_is_undone_on_the_wire(flavour: Flavour, form: str) -> None:
    """By both shells."""
    coding, data = FORMS[form]
    with RawServer([read, say(answer(200, data, f"content-encoding:{coding}"))]) as server:
        result = exchange(flavour, server.url)
    assert (result.body, result.problem) == (TEXT, None)


def test_a_body_that_is_cut_inside_its_coding_has_a_problem(flavour: Flavour) -> None:
    """Though its length was right."""
    data = gzip.compress(TEXT)[:-4]
    with RawServer([read, say(answer(200, data, "content-encoding: gzip"))]) as server:
        result = exchange(flavour, server.url)
    assert result.problem == "the compressed body is cut"
