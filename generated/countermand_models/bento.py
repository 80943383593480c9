# Generated from specs/bento.yaml by datamodel-code-generator 0.89.0. Do not edit; run: nox -s generate

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import MISSING, BaseModel, ConfigDict, EmailStr, Field, StrictStr

from .numbers import Integer


class CancelRequest(BaseModel):
    """
    A specific amount to refund; it must not exceed what was captured. An absent amount means
    everything.

    """

    model_config = ConfigDict(
        extra="forbid",
    )
    refund_amount: Annotated[
        Integer | MISSING,
        Field(
            alias="refundAmount",
            description="How much to refund, in the currency's minor unit such as pence or cents.",
            ge=1,
        ),
    ] = MISSING


class BillingAddress(BaseModel):
    """
    The billing address.
    """

    line1: Annotated[StrictStr | MISSING, Field(description="First line.")] = MISSING
    line2: Annotated[StrictStr | MISSING, Field(description="Second line.")] = MISSING
    city: Annotated[StrictStr | MISSING, Field(description="City.")] = MISSING
    region: Annotated[StrictStr | MISSING, Field(description="Region.")] = MISSING
    country: Annotated[StrictStr | MISSING, Field(description="Country.")] = MISSING
    postal_code: Annotated[
        StrictStr | MISSING, Field(alias="postalCode", description="Postal code.")
    ] = MISSING


class PaypalAccount(BaseModel):
    """
    What is kept about a PayPal account.
    """

    payer_email: Annotated[
        EmailStr | MISSING, Field(alias="payerEmail", description="E-mail address of the account.")
    ] = MISSING
    payer_id: Annotated[
        StrictStr | MISSING, Field(alias="payerId", description="PayPal's id of the account.")
    ] = MISSING
    revoked_at: Annotated[
        StrictStr | MISSING,
        Field(alias="revokedAt", description="When the account withdrew this payment method."),
    ] = MISSING


class OtherPaymentMethod(BaseModel):
    """
    A kind of payment method that is not documented.
    """

    type: Annotated[StrictStr, Field(description="The kind's name.")]


class ErrorCause(BaseModel):
    """
    One reason for the error.
    """

    message: Annotated[StrictStr | MISSING, Field(description="The reason in words.")] = MISSING
    metadata: Annotated[
        Any | MISSING, Field(description="More about the reason; its type is not documented.")
    ] = MISSING


class TransactionStatus(BaseModel):
    """
    Whether an action on the transaction succeeded, or why it failed.
    """

    code: Annotated[
        Literal["PG0000", "PG0001", "PG0003", "PG0005", "PG0010", "PG0011", "PG0012", "PG0013", "PG0014", "PG0015", "PG0021", "PG0038", "PG0041", "PG0043", "PG0051", "PG0054", "PG0055", "PG0057", "PG0059", "PG0061", "PG0062", "PG0063", "PG0064", "PG0065", "PG0094", "PG0998", "PG0999", "PG2000", "PG2001", "PG2002", "PG2003", "PG2004", "PG2005", "PG2006", "PG2007", "PG2008", "PG2009", "PG2010", "PG2011", "PG2012", "PG2013"] | MISSING,
        Field(
            description="Success or error code of the form PGXXXX. `PG0000` is success, `PG0094` a duplicate\ntransaction, `PG2013` an expired authorisation. Bento sorts most codes into soft and hard\nones; that speaks of charging a card and never licenses a second cancel.\n",
            examples=["PG0000", "PG0012"],
        ),
    ] = MISSING
    description: Annotated[
        StrictStr | MISSING, Field(description="The possible error or the success, in words.")
    ] = MISSING
    outcome: Annotated[
        Literal["succeeded", "failedRetryable", "failedNonRetryable"] | MISSING,
        Field(
            description="`succeeded`, or whether the failed action may be tried again (`failedRetryable`) or not\n(`failedNonRetryable`).\n",
            examples=["succeeded"],
        ),
    ] = MISSING


class HistoryEntry(BaseModel):
    """
    One action that was performed on the transaction.
    """

    amount: Annotated[
        Integer | MISSING, Field(description="The transaction's `totalAmount` after this action.")
    ] = MISSING
    result: Annotated[
        Literal["Success", "Failure"] | MISSING,
        Field(description="How the action ended, `Success` or `Failure`.", examples=["Success"]),
    ] = MISSING
    action: Annotated[
        Literal["Authorize", "Void", "Capture", "Poll", "Refund"] | MISSING,
        Field(
            description="What was done.\n\n* `Authorize`: reserve money on a payment method; may be sent again to change the amount.\n* `Void`: cancel an authorised transaction; can be sent once.\n* `Capture`: begin to settle up to the authorised amount; can be sent once.\n* `Poll`: ask how a submitted capture is doing; the gateway does it from time to time.\n* `Refund`: give back up to the amount that was taken; can be sent once.\n",
            examples=["Void", "Refund"],
        ),
    ] = MISSING
    status: TransactionStatus | MISSING = MISSING
    created: Annotated[
        StrictStr | MISSING,
        Field(
            description="When the action was performed, as ISO 8601 text.",
            examples=["2011-10-05T14:48:00.000Z"],
        ),
    ] = MISSING


class CardDetails(BaseModel):
    """
    What is kept about a bank card.
    """

    brand: Annotated[
        StrictStr | MISSING, Field(description="The card's brand.", examples=["visa"])
    ] = MISSING
    mechanism: Annotated[
        Literal["applePay", "googlePay", "samsungPay", "direct"] | MISSING,
        Field(
            description="How the card was presented: through one of the wallets `applePay`, `googlePay` and\n`samsungPay`, or `direct`.\n",
            examples=["applePay"],
        ),
    ] = MISSING
    card_holder_name: Annotated[
        StrictStr | MISSING, Field(alias="cardHolderName", description="The name on the card.")
    ] = MISSING
    expiry_date: Annotated[
        StrictStr | MISSING,
        Field(
            alias="expiryDate",
            description="Last month of validity, as YYYY-MM.",
            examples=["2012-10"],
            max_length=7,
            min_length=7,
        ),
    ] = MISSING
    bin: Annotated[
        StrictStr | MISSING,
        Field(
            description="The first four to six digits, which name the issuing bank.",
            max_length=6,
            min_length=4,
        ),
    ] = MISSING
    last4: Annotated[
        StrictStr | MISSING, Field(description="The last four digits.", max_length=4, min_length=4)
    ] = MISSING
    country: Annotated[StrictStr | MISSING, Field(description="Where the card was issued.")] = (
        MISSING
    )


class BillingDetails(BaseModel):
    """
    To whom the payment method is billed.
    """

    address: BillingAddress | MISSING = MISSING
    name: Annotated[
        StrictStr | MISSING, Field(description="Name that goes with the payment method.")
    ] = MISSING
    email: Annotated[
        StrictStr | MISSING, Field(description="E-mail address that goes with the payment method.")
    ] = MISSING
    phone: Annotated[
        StrictStr | MISSING,
        Field(description="Telephone number that goes with the payment method."),
    ] = MISSING


class PaypalPaymentMethod(BaseModel):
    """
    A PayPal account.
    """

    type: Annotated[Literal["paypal"], Field(description="The payment method is a PayPal account.")]
    paypal: PaypalAccount | MISSING = MISSING
    payment_method_id: Annotated[
        StrictStr | MISSING,
        Field(alias="paymentMethodId", description="The payment method's id.", min_length=1),
    ] = MISSING
    customer_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="customerId",
            description="The customer who owns the payment method; one customer can have several.\n",
            min_length=1,
        ),
    ] = MISSING


class ErrorResponse(BaseModel):
    """
    Why the request was refused. No member is promised.
    """

    message: Annotated[StrictStr | MISSING, Field(description="The error in words.")] = MISSING
    causes: Annotated[list[ErrorCause] | MISSING, Field(description="What led to the error.")] = (
        MISSING
    )
    status: TransactionStatus | MISSING = MISSING


class CardPaymentMethod(BaseModel):
    """
    A bank card.
    """

    type: Annotated[Literal["card"], Field(description="The payment method is a bank card.")]
    card: CardDetails | MISSING = MISSING
    billing_details: Annotated[BillingDetails | MISSING, Field(alias="billingDetails")] = MISSING
    payment_method_id: Annotated[
        StrictStr | MISSING,
        Field(alias="paymentMethodId", description="The payment method's id.", min_length=1),
    ] = MISSING
    customer_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="customerId",
            description="The customer who owns the payment method; one customer can have several.\n",
            min_length=1,
        ),
    ] = MISSING


class Transaction(BaseModel):
    """
    The transaction as it is now. No member is promised. The amounts are in the currency's minor
    unit.

    """

    order_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="orderId", description="The order that the transaction belongs to.", min_length=1
        ),
    ] = MISSING
    transaction_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="transactionId",
            description="The transaction's own id.",
            examples=["tx_01H84D1GN7AGCBFACSDYC1D4AF"],
            min_length=1,
        ),
    ] = MISSING
    payment_method_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="paymentMethodId", description="The payment method that was used.", min_length=1
        ),
    ] = MISSING
    customer_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="customerId",
            description="The customer who owns the payment method; one customer can have several.\n",
            min_length=1,
        ),
    ] = MISSING
    total_amount: Annotated[
        Integer | MISSING,
        Field(
            alias="totalAmount",
            description="The latest amount, captures and refunds taken into account.",
        ),
    ] = MISSING
    authorized_amount: Annotated[
        Integer | MISSING,
        Field(alias="authorizedAmount", description="The latest amount that was authorised."),
    ] = MISSING
    captured_amount: Annotated[
        Integer | MISSING, Field(alias="capturedAmount", description="All that was captured.")
    ] = MISSING
    refunded_amount: Annotated[
        Integer | MISSING, Field(alias="refundedAmount", description="All refunds together.")
    ] = MISSING
    currency: Annotated[
        StrictStr | MISSING, Field(description="ISO 4217 code of the amounts.", examples=["USD"])
    ] = MISSING
    description: Annotated[
        StrictStr | MISSING, Field(description="Free text about the transaction.")
    ] = MISSING
    state: Annotated[
        Literal["Authorizing", "AuthFailed", "AuthSucceeded", "AuthExpired", "AuthVoided", "Capturing", "CaptureFailed", "CaptureSucceeded", "Refunded", "Refunding", "RefundFailed"] | MISSING,
        Field(
            description="Where the transaction stands.\n\n* `Authorizing`: valid but not described; rare, and left without any action.\n* `AuthFailed`: could not be authorised, and cannot be authorised again.\n* `AuthSucceeded`: authorised; it can now be submitted for capture.\n* `AuthExpired`: the authorisation ran out before it was voided or captured.\n* `AuthVoided`: voided; it can no longer be captured.\n* `Capturing`: submitted for capture.\n* `CaptureFailed`: a capture failed and cannot be tried again.\n* `CaptureSucceeded`: captured.\n* `Refunded`: all or part was refunded.\n* `Refunding`: all or part was submitted for a refund.\n* `RefundFailed`: the refund failed.\n",
            examples=["CaptureSucceeded", "AuthVoided", "Refunding"],
        ),
    ] = MISSING
    status: TransactionStatus | MISSING = MISSING
    history: Annotated[
        list[HistoryEntry] | MISSING,
        Field(description="What was done to the transaction, one entry per action."),
    ] = MISSING
    created: Annotated[
        StrictStr | MISSING,
        Field(
            description="When the transaction was created, as ISO 8601 text.",
            examples=["2011-10-05T14:48:00.000Z"],
        ),
    ] = MISSING
    updated: Annotated[
        StrictStr | MISSING,
        Field(
            description="When the transaction last changed, as ISO 8601 text.",
            examples=["2011-10-05T14:48:00.000Z"],
        ),
    ] = MISSING
    payment_method: Annotated[
        CardPaymentMethod | PaypalPaymentMethod | OtherPaymentMethod | MISSING,
        Field(
            alias="paymentMethod",
            description="The stored payment method, present where one was stored along with the transaction. The\nmember `type` tells the kinds apart; one that is not documented may come.\n",
            examples=[{"type": "card", "card": {"brand": "visa", "mechanism": "direct", "last4": "1111"}}, {"type": "paypal", "paypal": {"payerId": "payer-1"}}, {"type": "voucher"}],
        ),
    ] = MISSING


class TransactionResponse(BaseModel):
    """
    The envelope around the transaction.
    """

    data: Transaction | MISSING = MISSING
    status: TransactionStatus | MISSING = MISSING
