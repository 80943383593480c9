"""stripe-python: cancel a PaymentIntent, with its default HTTP client and an idempotency key."""

from collections.abc import Iterator

import stripe  # pyright: ignore[reportMissingImports]
from measuring import Cancel, NotCancelledError, Setup, main


def blocking(setup: Setup) -> Iterator[Cancel]:
    """One `StripeClient`."""
    client = stripe.StripeClient("sk_test_0123456789", base_addresses={"api": setup["url"]})

    def cancel(number: int) -> None:
        name = f"pi_{number:026d}"
        options = {"idempotency_key": f"order-{number}"}
        intent = client.v1.payment_intents.cancel(name, {}, options)
        if intent.status != "canceled":
            raise NotCancelledError(str(intent))

    yield cancel


if __name__ == "__main__":
    main({"kept": blocking})
