"""Start the sandbox from a shell: `python -m countermand.sandbox [--host 127.0.0.1] [--port N]`."""

from __future__ import annotations

import argparse
import ipaddress
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, get_args

from countermand.sandbox._state.tokens import (
    UNZER_PRIVATE_KEY,
    VTEX_APP_KEY,
    VTEX_APP_TOKEN,
    LinkOwner,
)
from countermand.sandbox.server import Sandbox
from countermand.sandbox.simulators import simulators

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GREETING: Final = """\
The sandbox listens on {url}; its state is lost when it stops (Ctrl-C).

Base URLs:
{bases}

Credentials:
  PACE, Bento    Authorization: Bearer {token}
  Unzer          {unzer} as the user name, no password
  VTEX           X-VTEX-API-AppKey: {key}   X-VTEX-API-AppToken: {secret}

Create a payment, cancel it, and list the executions:
  curl {url}/_sandbox/payments -d '{{"api": "unzer", "payment_id": "s-pay-1", "amount": "100.00"}}'
  curl {url}/unzer/v1/payments/s-pay-1/authorize/cancels -u {unzer}: -d amount=1.00
  curl {url}/_sandbox/executions
"""


def main(
    arguments: Sequence[str] | None = None,
    *,
    stay: Callable[[], object] = lambda: threading.Event().wait(),
) -> None:
    """Serve until `stay` returns, by default until Ctrl-C.

    Args:
        arguments: Command-line arguments; None for those of the process.
        stay: Blocks while the sandbox serves.
    """
    parser = argparse.ArgumentParser(prog="python -m countermand.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument(
        "--allow-other-hosts",
        action="store_true",
        help="permit a --host that others can reach, such as 0.0.0.0: all credentials are public",
    )
    parser.add_argument("--port", default=8010, type=int, help="0 takes any free port")
    parser.add_argument(
        "--link-owner",
        default="user",
        choices=get_args(LinkOwner),
        help="whom a linked identity at PACE belongs to",
    )
    options = parser.parse_args(arguments)
    if not options.allow_other_hosts and not _is_loopback(options.host):
        # The credentials are constants, so others must not reach the sandbox by mistake.
        parser.error(
            f"argument --host: {options.host} is not an IPv4 loopback address; "
            "others reach it only with --allow-other-hosts"
        )
    host = "127.0.0.1" if options.host == "localhost" else options.host
    sandbox = Sandbox(host=host, port=options.port, link_owner=options.link_owner)
    with ExitStack() as stack:
        try:
            stack.enter_context(sandbox)
        except OSError as failed:
            parser.error(f"argument --port: {host}:{options.port}: {failed.strerror}")
        print(_greeting(sandbox), flush=True)
        try:
            stay()
        except KeyboardInterrupt:
            print("stopped")


def _greeting(sandbox: Sandbox) -> str:
    bases = "\n".join(f"  {api:<14} {sandbox.base_url(api)}" for api in simulators())
    return GREETING.format(
        url=sandbox.url,
        bases=bases,
        token=sandbox.issue_token(),
        unzer=UNZER_PRIVATE_KEY,
        key=VTEX_APP_KEY,
        secret=VTEX_APP_TOKEN,
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    main()
