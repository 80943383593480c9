"""Check the wheel by itself: `python tests/package/wheel/check_wheel.py <its python>`.

Starts the sandbox here, has `cancels.py` cancel ten payments with the other interpreter, and
compares the receipts with the executions of the sandbox. Exits with 1 if they differ.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from countermand.sandbox import Payment, Sandbox
from countermand.sandbox._state.tokens import UNZER_PRIVATE_KEY, VTEX_APP_KEY, VTEX_APP_TOKEN

SCRIPT = Path(__file__).with_name("cancels.py").resolve()
APIS = ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")
TIMEOUT = 120


def credentials(sandbox: Sandbox, api: str) -> dict[str, str]:
    """What the sandbox accepts at a provider."""
    if api == "unzer":
        return {"private_key": UNZER_PRIVATE_KEY}
    if api == "vtex":
        return {"app_key": VTEX_APP_KEY, "app_token": VTEX_APP_TOKEN}
    return {"token": sandbox.issue_token()}


def orders(sandbox: Sandbox, payments: dict[str, list[Payment]]) -> str:
    """Everything that the other interpreter has to know, as JSON."""
    return json.dumps(
        {
            api: {
                "base_url": sandbox.base_url(api),
                "credentials": credentials(sandbox, api),
                "payments": [payment.identifiers for payment in payments[api]],
            }
            for api in APIS
        }
    )


def run(python: str, standard_input: str) -> list[dict[str, object]]:
    """Run the cancels far from this working copy, so that nothing of it can be imported."""
    with tempfile.TemporaryDirectory() as folder:
        finished = subprocess.run(
            [python, "-I", "-W", "error", str(SCRIPT)],
            input=standard_input,
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=TIMEOUT,
            check=False,
        )
    if finished.returncode:
        sys.exit(f"the wheel failed:\n{finished.stderr}{finished.stdout}")
    return json.loads(finished.stdout)


def main(python: str) -> None:
    """Compare receipts with executions."""
    expected = [
        {"api": api, "outcome": "cancelled", "attempts": 1} for _ in range(2) for api in APIS
    ]
    with Sandbox() as sandbox:
        payments = {api: [sandbox.create_payment(api) for _ in range(2)] for api in APIS}
        receipts = run(python, orders(sandbox, payments))
        executed = [len(sandbox.executions(api, each)) for api in APIS for each in payments[api]]
    if receipts != expected:
        sys.exit(f"the receipts are not the expected ones:\n{receipts}")
    if executed != [1] * len(expected):
        sys.exit(f"each payment was to be cancelled once, but the sandbox counted {executed}")
    print(
        f"The wheel alone cancelled {len(expected)} payments at {len(APIS)} providers, once each."
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
