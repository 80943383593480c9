"""The recorder: whole, at the provider, and without a credential."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from countermand.sandbox import FaultProxy, Sandbox, faults
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN
from specs.publishing.drift import har, scenarios
from specs.publishing.drift.recorder import recording
from specs.publishing.drift.rounds import BASIC

if TYPE_CHECKING:
    from pathlib import Path

    from specs.publishing.drift.recorder import Tape

TEST = """
from countermand.sandbox import Sandbox
import urllib.request, urllib.error

def test_something():
    with Sandbox() as sandbox:
        try:
            urllib.request.urlopen(sandbox.base_url("unzer") + "/payments/s-pay-1")
        except urllib.error.HTTPError as refused:
            assert refused.code == 401
            refused.close()
"""


def test_no_credential_stands_in_a_recording(tape: Tape, tmp_path: Path) -> None:
    """All that the rounds sent, right or wrong: keys, Base64 of keys, tokens."""
    har.write(tmp_path / "traffic.har", tape.exchanges)
    text = (tmp_path / "traffic.har").read_text(encoding="utf-8")
    sent = {value for e in tape.exchanges for name, value in e.request_headers if b"auth" in name}
    assert any(b"sandbox-token-" in value for value in sent)
    secrets = {
        *(UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN, "sandbox-token-", "never-issued"),
        BASIC["Authorization"].partition(" ")[2],
    }
    assert [secret for secret in secrets if secret in text] == []
    assert '"Bearer ***"' in text
    assert '"Basic ***"' in text


def test_a_recording_is_of_the_form_of_har_1_2(tape: Tape) -> None:
    """The members that the format demands are all there."""
    log = har.archive(tape.exchanges)["log"]
    assert (log["version"], len(log["entries"])) == ("1.2", len(tape.exchanges))
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "cache", "timings"} <= entry.keys()
        assert {"method", "url", "httpVersion", "cookies", "headers", "queryString"} <= entry[
            "request"
        ].keys()
        assert {"status", "statusText", "content", "redirectURL"} <= entry["response"].keys()


def test_what_a_faulty_wire_makes_of_an_answer_is_not_recorded() -> None:
    """A page of a load balancer is not the provider's; what the provider did is."""
    with recording() as tape, Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        payment = sandbox.create_payment("unzer")
        path = f"{proxy.base_url('unzer')}/payments/{payment.payment_id}"
        proxy.script(faults.error_page(502, executed=True), faults.error_page(502))
        for _ in range(2):
            assert httpx.get(path, headers=BASIC, trust_env=False).status_code == 502
    assert [exchange.status for exchange in tape.exchanges] == [200]


def test_bytes_that_are_no_text_are_kept() -> None:
    """A request's are spelt out, an answer's are put into Base64, as the format has it."""
    exchange = har.Exchange(
        started="2026-01-01T00:00:00.000+00:00",
        method="POST",
        target="/unzer/v1/payments/%2F?a=%20b",
        request_headers=((b"content-type", b"application/json"),),
        request_body=b"\xff",
        status=200,
        response_headers=(),
        response_body=b"\xfe",
    )
    entry = exchange.entry()
    assert entry["request"]["url"] == f"{har.ORIGIN}/unzer/v1/payments/%2F?a=%20b"
    assert entry["request"]["queryString"] == [{"name": "a", "value": " b"}]
    assert entry["request"]["postData"]["text"] == "\\xff"
    assert entry["response"]["content"] == {
        "size": 1,
        "mimeType": "",
        "text": "/g==",
        "encoding": "base64",
    }


def test_the_control_plane_is_nobodys_api() -> None:
    """It hands out tokens, and no provider has it."""
    with recording() as tape, Sandbox() as sandbox:
        httpx.post(f"{sandbox.url}/_sandbox/tokens", trust_env=False)
    assert tape.exchanges == ()


def test_recording_ends_with_its_block() -> None:
    """A sandbox afterwards is not recorded."""
    with recording() as tape:
        pass
    with Sandbox() as sandbox:
        httpx.get(f"{sandbox.base_url('unzer')}/payments/s-pay-1", trust_env=False)
    assert tape.exchanges == ()


def test_the_plugin_records_a_test_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests of the sandbox are recorded with."""
    (tmp_path / "test_something.py").write_text(TEST, encoding="utf-8")
    file = tmp_path / "made" / "traffic.har"
    monkeypatch.setenv("PYTHONPATH", str(scenarios.ROOT))
    scenarios.run(file, "test_something.py", folder=tmp_path)
    (entry,) = har.read(file)
    assert entry["response"]["status"] == 401


def test_a_run_that_fails_is_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is known, and that is said."""
    (tmp_path / "test_broken.py").write_text("def test_it():\n    assert False\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(scenarios.ROOT))
    with pytest.raises(scenarios.BrokenRunError, match="1 failed"):
        scenarios.run(tmp_path / "traffic.har", "test_broken.py", folder=tmp_path)


def test_a_file_that_is_no_har_is_refused(tmp_path: Path) -> None:
    """With its name."""
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"log": []}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"other\.json is no HAR"):
        har.read(file)
