"""The provider of docs/vtex-provider.md, served on loopback, with the sandbox's handles.

The scenarios use it in place of a `Sandbox`, so that they check a server they
were not written for.
"""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from attrs import frozen
from fastapi import FastAPI

from countermand import vtex
from countermand.sandbox import VtexPayment
from tests.support import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "vtex-provider.md").read_text(encoding="utf-8")
APP_KEY: Final = "the-application-key"
APP_TOKEN: Final = "the-application-token"


def extract(folder: Path) -> None:
    """Write the page's files to a folder."""
    for step in page.steps(PAGE):
        if isinstance(step, page.File):
            page.write(step, folder)


def load(folder: Path) -> ModuleType:
    """Import the page's provider."""
    specification = importlib.util.spec_from_file_location("provider", folder / "provider.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@frozen
class OtherProvider:
    """As much of a `Sandbox` as the scenarios of one API need."""

    url: str
    bank: Any

    def create_payment(self, api: str, **settings: Any) -> VtexPayment:
        """Put a payment into the bank; the start decided how a manual cancel is answered."""
        assert api == "vtex"
        payment = VtexPayment(
            payment_id=uuid.uuid4().hex.upper(), authorization_id="AUT-1", **settings
        )
        state = "manual" if payment.manual_status else "authorized"
        self.bank.payments[payment.payment_id] = state
        return payment

    def capture(self, payment: VtexPayment) -> None:
        """Capture a payment without the client's knowledge."""
        self.bank.payments[payment.payment_id] = "settled"

    def executions(self, *, payment: VtexPayment) -> list[str]:
        """How often the bank released the money of a payment."""
        return [each for each in self.bank.cancelled if each == payment.payment_id]

    def account(self, api: str, base_url: str, token: object = None) -> vtex.Account:
        """An account with the keys that the provider was given."""
        assert (api, token) == ("vtex", None)
        return vtex.Account(base_url, APP_KEY, APP_TOKEN)


@contextlib.contextmanager
def serving(provider: ModuleType, manual_status: int) -> Iterator[OtherProvider]:
    """Serve the page's provider, below the path at which the proxy expects the API."""
    bank = provider.Bank()
    app = FastAPI()
    app.mount("/vtex", provider.create_app(bank, APP_KEY, APP_TOKEN, manual_status))
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = uvicorn.Server(
        uvicorn.Config(
            app, ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield OtherProvider(f"http://127.0.0.1:{listener.getsockname()[1]}", bank)
    finally:
        server.should_exit = True
        thread.join(30)
