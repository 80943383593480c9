"""Cancel with an installed wheel: the half of the check that runs in the bare environment.

Reads from standard input, as JSON, where each provider is and which payments to cancel there, one
with each client; writes what became of them. Knows the sandbox only over HTTP.
"""

import asyncio
import importlib
import importlib.metadata
import importlib.util
import json
import sys
import sysconfig
from decimal import Decimal
from pathlib import Path

import countermand
import countermand.specs
from countermand import FULL, AsyncClient, Client, bento, pace_fueling, pace_pay, unzer, vtex

APIS = ("pace_pay", "pace_fueling", "bento", "unzer", "vtex")
EXTRAS = ("pydantic", "starlette", "uvicorn", "openapi_core", "yaml")


def demand(truth: object, complaint: str) -> None:
    """End with exit status 1 and a complaint unless something is true."""
    if not truth:
        sys.exit(complaint)


def check_installation() -> None:
    """All of the wheel comes from site-packages, and nothing of the extras is there."""
    site = Path(sysconfig.get_path("purelib")).resolve()
    for name in ("countermand", "countermand_clients", "countermand_models"):
        # Found, not imported: the models need pydantic, which only an extra brings.
        found = importlib.util.find_spec(name)
        demand(found and found.origin, f"{name} is not installed")
        folder = Path(found.origin).resolve().parent
        demand(folder.is_relative_to(site), f"{name} comes from {folder}, not from {site}")
        demand((folder / "py.typed").is_file(), f"{name} has no py.typed")
    for api in APIS:
        operations = importlib.import_module(f"countermand_clients.{api}.operations")
        demand(api == operations.API, f"the operations of {api} are those of {operations.API}")
        path = countermand.specs.path(api).resolve()
        demand(path.is_relative_to(site), f"the specification of {api} is {path}")
    for name in EXTRAS:
        demand(importlib.util.find_spec(name) is None, f"{name} is here, but not in the wheel")
    version = importlib.metadata.version("countermand")
    demand(countermand.__version__ == version, "the version is not the distribution's")


def accounts(places: dict) -> list:
    """One account for each provider."""
    url = {api: place["base_url"] for api, place in places.items()}
    secret = {api: place["credentials"] for api, place in places.items()}
    return [
        pace_pay.Account(secret["pace_pay"]["token"], base_url=url["pace_pay"]),
        pace_fueling.Account(secret["pace_fueling"]["token"], base_url=url["pace_fueling"]),
        bento.Account(secret["bento"]["token"], base_url=url["bento"]),
        unzer.Account(secret["unzer"]["private_key"], base_url=url["unzer"]),
        vtex.Account(url["vtex"], secret["vtex"]["app_key"], secret["vtex"]["app_token"]),
    ]


def cancellation(api: str, ids: dict) -> object:
    """What to cancel."""
    match api:
        case "pace_pay":
            return pace_pay.Cancellation(ids["transaction_id"])
        case "pace_fueling":
            return pace_fueling.Cancellation(ids["gas_station_id"], ids["transaction_id"])
        case "bento":
            return bento.Cancellation(ids["order_id"], ids["transaction_id"], refund_amount=FULL)
        case "unzer":
            return unzer.Cancellation(ids["payment_id"], amount=Decimal("10.00"))
        case _:
            return vtex.Cancellation(ids["payment_id"], ids["authorization_id"])


def summary(api: str, receipt: countermand.Receipt) -> dict:
    """A receipt as JSON values."""
    return {"api": api, "outcome": receipt.outcome.value, "attempts": len(receipt.attempts)}


def block(places: dict) -> list[dict]:
    """Cancel the first payment at each provider."""
    with Client(*accounts(places)) as client:
        return [
            summary(api, client.cancel(cancellation(api, places[api]["payments"][0])))
            for api in APIS
        ]


async def wait(places: dict) -> list[dict]:
    """Cancel the second one."""
    async with AsyncClient(*accounts(places)) as client:
        return [
            summary(api, await client.cancel(cancellation(api, places[api]["payments"][1])))
            for api in APIS
        ]


if __name__ == "__main__":
    check_installation()
    given = json.load(sys.stdin)
    json.dump([*block(given), *asyncio.run(wait(given))], sys.stdout)
