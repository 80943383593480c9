"""The Python that README and pages print, as examples that run against a sandbox."""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser

from countermand.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sybil.example import Example

ROOT: Final = Path(__file__).parents[2]
ACCOUNT: Final = re.compile(r"(?<!sandbox\.)\b[a-z_]+\.Account\([^()]*\)")
USER: Final = "u-42"


def examples(name: str) -> Iterator[Example]:
    """The Python blocks of a file, with every account that it prints led to the sandbox.

    `unzer.Account(...)` becomes `here(unzer.Account(...))`, so that the printed expression is
    still evaluated. No line moves.
    """
    path = ROOT / name
    text = ACCOUNT.sub(r"here(\g<0>)", path.read_text(encoding="utf-8"))
    document = Document(text, str(path))
    for region in PythonCodeBlockParser()(document):
        document.add(region)
    return document.examples()


def run(example: Example) -> None:
    """Run a block by itself; a test function in it is called, and a key is one cancel.

    Raises:
        AssertionError: fewer cancels were executed than the block asks for.
    """
    with Sandbox() as sandbox:
        _create_printed_payments(sandbox)
        namespace = example.namespace
        namespace.clear()
        namespace.update(here=_led_to(sandbox), your_session=_sessions_at(sandbox))
        example.evaluate()
        for name in [name for name in namespace if name.startswith("test_")]:
            _call_test(namespace[name], sandbox)
        keys = re.findall(r'key="([^"]+)"', example.parsed)
        asked = example.parsed.count("client.cancel(") - (len(keys) - len(set(keys)))
        assert len(sandbox.executions()) >= (asked if "here(" in example.parsed else 0)


def _create_printed_payments(sandbox: Sandbox) -> None:
    """Make the payments whose ids are printed."""
    for number in range(1, 5):
        sandbox.create_payment("unzer", payment_id=f"s-pay-{number}", amount="100.00")
    sandbox.create_payment(
        "pace_fueling",
        gas_station_id="9e4af532-3b5c-4b5f-8e0a-9d6f0a1c7f10",
        transaction_id="c3f037ea-492e-4033-9b4b-4efc7beca16c",
    )
    sandbox.create_payment("pace_pay", transaction_id="c3f037ea-492e-4033-9b4b-4efc7beca16d")
    sandbox.create_payment("bento", order_id="or_1", transaction_id="tx_1", captured=True)
    sandbox.create_payment("vtex", payment_id="F5C1A4E20D3B4E07B7E871F5B5BC9F91")
    sandbox.unlink(USER)


def _led_to(sandbox: Sandbox) -> Callable[[Any], Any]:
    """Turn an account as printed into one of the sandbox; a token callable is kept."""

    def here(account: Any) -> Any:
        token = account.token_source
        api = account.provider.api
        return sandbox.account(api, token=token if callable(token) else None)

    return here


def _sessions_at(sandbox: Sandbox) -> Callable[[str], Any]:
    """The reader's own sessions, which the pages call `your_session`."""

    def your_session(user: str) -> Any:
        token = sandbox.issue_token(user)
        return types.SimpleNamespace(
            access_token=token, link_third_party=lambda: sandbox.link(user)
        )

    return your_session


def _call_test(test: Any, sandbox: Sandbox) -> None:
    """Call a printed test as pytest does: for each case of its only parameter."""
    for mark in getattr(test, "pytestmark", ()):
        name, cases = mark.args
        for case in cases:
            test(**{name: case}, countermand_sandbox=sandbox)
    if not hasattr(test, "pytestmark"):
        test()
