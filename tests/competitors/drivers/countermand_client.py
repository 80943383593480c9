"""Cancels with countermand's `Client`."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from typing import Any

import telling

from countermand import (
    Client,
    CountermandError,
    OutcomeUnknown,
    Policy,
    bento,
    pace_fueling,
    pace_pay,
    unzer,
    vtex,
)

DEADLINE = 8.0


class ToldError(Exception):
    """An error of countermand's, with what it says about the money."""

    def __init__(self, error: CountermandError) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.maybe = isinstance(error, OutcomeUnknown)


@contextmanager
def opened(order: telling.Order) -> Iterator[telling.Send]:
    """One client for all cancels."""
    policy = Policy(attempt_timeout=order["timeout"], deadline=DEADLINE)
    with Client(*accounts(order), policy=policy) as client:
        yield partial(cancel, client)


def cancel(client: Client, order: telling.Order) -> None:
    """Cancel once, under the order's key."""
    try:
        client.cancel(cancellation(order), key=order["key"])
    except CountermandError as error:
        raise ToldError(error) from None


def accounts(order: telling.Order) -> list[Any]:
    """The account; at PACE Fueling with a Pay account beside it, which is how it reads back."""
    url, token = order["base_url"], order["token"]
    if order["api"] == "unzer":
        return [unzer.Account(order["private_key"], url)]
    if order["api"] == "bento":
        return [bento.Account(token, url, read=False)]
    if order["api"] == "vtex":
        return [vtex.Account(url, order["app_key"], order["app_token"])]
    pay = pace_pay.Account(token, order["pay_url"])
    return [pay] if order["api"] == "pace_pay" else [pace_fueling.Account(token, url), pay]


def cancellation(order: telling.Order) -> Any:
    """What is to be cancelled."""
    ids = order["ids"]
    if order["api"] == "unzer":
        return unzer.Cancellation(ids["payment_id"], amount=Decimal(order["amount"]))
    if order["api"] == "bento":
        return bento.Cancellation(
            ids["order_id"], ids["transaction_id"], refund_amount=order["amount"]
        )
    if order["api"] == "vtex":
        return vtex.Cancellation(ids["payment_id"], ids["authorization_id"])
    if order["api"] == "pace_pay":
        return pace_pay.Cancellation(ids["transaction_id"])
    return pace_fueling.Cancellation(ids["gas_station_id"], ids["transaction_id"])


telling.run(opened)
