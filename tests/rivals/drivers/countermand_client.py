"""One cancel with countermand's `Client`."""

from decimal import Decimal
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
)


class ToldError(Exception):
    """An error of countermand's, with what it says about the money."""

    def __init__(self, error: CountermandError) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.maybe = isinstance(error, OutcomeUnknown)


def cancel(order: telling.Order) -> None:
    """Cancel once; at PACE Fueling with a Pay account beside it, which is how it reads back."""
    try:
        accounts, cancellation = prepared(order)
        policy = Policy(attempt_timeout=order["timeout"])
        with Client(*accounts, policy=policy) as client:
            client.cancel(cancellation, key="order-42")
    except CountermandError as error:
        raise ToldError(error) from None


def prepared(order: telling.Order) -> tuple[list[Any], Any]:
    """Accounts and cancellation."""
    url, token, ids = order["base_url"], order["token"], order["ids"]
    if order["api"] == "unzer":
        unzer_account = unzer.Account(order["private_key"], url)
        amount = Decimal(order["amount"])
        return [unzer_account], unzer.Cancellation(ids["payment_id"], amount=amount)
    if order["api"] == "bento":
        return [bento.Account(token, url)], bento.Cancellation(
            ids["order_id"], ids["transaction_id"], refund_amount=order["amount"]
        )
    pay = pace_pay.Account(token, order["pay_url"])
    return [pace_fueling.Account(token, url), pay], pace_fueling.Cancellation(
        ids["gas_station_id"], ids["transaction_id"]
    )


telling.run(cancel)
