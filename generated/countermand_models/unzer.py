# Generated from specs/unzer.yaml by datamodel-code-generator 0.89.0. Do not edit; run: nox -s generate

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    MISSING,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictStr,
    StrictFloat,
)

from .numbers import Integer


class CanceledBasketItem(BaseModel):
    """
    An item that was cancelled, or a part of it.
    """

    participant_id: Annotated[
        StrictStr | MISSING,
        Field(alias="participantId", description="The participant of the marketplace who sold it."),
    ] = MISSING
    basket_item_reference_id: Annotated[
        StrictStr | MISSING,
        Field(alias="basketItemReferenceId", description="The item's reference in the basket."),
    ] = MISSING
    quantity: Annotated[Integer | MISSING, Field(description="How many were cancelled.")] = (
        MISSING
    )
    amount_gross: Annotated[
        Any | MISSING,
        Field(
            alias="amountGross",
            description="The amount with tax; text or a number, as no source shows an answer.",
        ),
    ] = MISSING


class Message(BaseModel):
    """
    The result in words.
    """

    code: Annotated[
        StrictStr | MISSING,
        Field(
            description="Code of the result. `COR.000.000.000` is success, `COR.000.100.112` success in test\nmode, `COR.000.200.000` pending; errors have codes of their own. An open set.\n",
            examples=["COR.000.100.112"],
        ),
    ] = MISSING
    customer: Annotated[
        StrictStr | MISSING,
        Field(description="For the customer, in the language that `Accept-Language` asks for."),
    ] = MISSING
    merchant: Annotated[
        StrictStr | MISSING, Field(description="For the merchant, always in English.")
    ] = MISSING


class Resources(BaseModel):
    """
    Ids of what the transaction belongs to; an absent one is an empty string.
    """

    customer_id: Annotated[
        StrictStr | MISSING, Field(alias="customerId", description="The customer.")
    ] = MISSING
    payment_id: Annotated[
        StrictStr | MISSING, Field(alias="paymentId", description="The payment.")
    ] = MISSING
    basket_id: Annotated[
        StrictStr | MISSING, Field(alias="basketId", description="The basket.")
    ] = MISSING
    metadata_id: Annotated[
        StrictStr | MISSING, Field(alias="metadataId", description="The metadata.")
    ] = MISSING
    pay_page_id: Annotated[
        StrictStr | MISSING,
        Field(alias="payPageId", description="The pay page. Known from SDKs only."),
    ] = MISSING
    trace_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="traceId",
            description="Unzer's trace of the request, for its support. Known from SDKs only.",
        ),
    ] = MISSING
    type_id: Annotated[
        StrictStr | MISSING, Field(alias="typeId", description="The payment type that was used.")
    ] = MISSING


class Processing(BaseModel):
    """
    How the transaction was processed.
    """

    unique_id: Annotated[
        StrictStr | MISSING, Field(alias="uniqueId", description="Reference id of the transaction.")
    ] = MISSING
    short_id: Annotated[
        StrictStr | MISSING,
        Field(alias="shortId", description="Reference id that is easy to read."),
    ] = MISSING
    trace_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="traceId",
            description="Unzer's trace of the request, for its support. Known from SDKs only.",
        ),
    ] = MISSING
    iban: Annotated[
        StrictStr | MISSING,
        Field(
            description="IBAN of the merchant for prepayment and invoice, of the customer for direct debit.\n"
        ),
    ] = MISSING
    bic: Annotated[
        StrictStr | MISSING,
        Field(
            description="BIC of the merchant for prepayment and invoice, of the customer for direct debit.\n"
        ),
    ] = MISSING
    identification: Annotated[
        StrictStr | MISSING, Field(description="The descriptor for invoice and prepayment.")
    ] = MISSING
    creator_id: Annotated[
        StrictStr | MISSING, Field(alias="creatorId", description="The merchant's creditor id.")
    ] = MISSING


class PaymentAmount(BaseModel):
    """
    The payment's sums, in decimal form, shown with four decimals.
    """

    total: Annotated[
        StrictStr | MISSING,
        Field(description="What the payment is about; a cancel of an authorization lowers it."),
    ] = MISSING
    charged: Annotated[StrictStr | MISSING, Field(description="What was taken.")] = MISSING
    canceled: Annotated[
        StrictStr | MISSING,
        Field(description="What was refunded. A cancel of an authorization does not count here."),
    ] = MISSING
    remaining: Annotated[StrictStr | MISSING, Field(description="What can still be charged.")] = (
        MISSING
    )


class ErrorEntryStatus(BaseModel):
    """
    How far the failed transaction got.
    """

    successful: Annotated[StrictBool | MISSING, Field(description="Whether it succeeded.")] = (
        MISSING
    )
    processing: Annotated[
        StrictBool | MISSING, Field(description="Whether it is being processed.")
    ] = MISSING
    pending: Annotated[
        StrictBool | MISSING, Field(description="Whether it is not decided yet.")
    ] = MISSING


class CancellationRequest(BaseModel):
    """
    How much of the authorization to cancel. An absent amount means all that is left.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    amount: Annotated[
        Annotated[StrictStr, Field(pattern=r"^[0-9]+(\.[0-9]{1,4})?$")] | Annotated[StrictFloat, Field(ge=0.0)] | MISSING,
        Field(
            description="How much to release, in the payment's currency, with up to four decimals: `10.00` is ten\nof its main unit, such as ten euros. Unzer's page prints text, its SDKs send a number.\nSend text, which cannot lose digits; a server takes both.\n",
            examples=["10.00", 10.5],
        ),
    ] = MISSING
    payment_reference: Annotated[
        StrictStr | MISSING,
        Field(
            alias="paymentReference",
            description="The caller's reference of this cancel. A read of the single cancel shows it again. It\nneed not be unique, and repeating it does not prevent a second cancel.\n",
        ),
    ] = MISSING
    order_id: Annotated[
        StrictStr | MISSING, Field(alias="orderId", description="The merchant's order id.")
    ] = MISSING
    invoice_id: Annotated[
        StrictStr | MISSING, Field(alias="invoiceId", description="The merchant's invoice id.")
    ] = MISSING
    reason_code: Annotated[
        Literal["CANCEL", "RETURN", "CREDIT"] | MISSING,
        Field(
            alias="reasonCode",
            description="Why the money is given back: `CANCEL`, `RETURN` of goods, or `CREDIT`. Some payment types\ndemand it.\n",
            examples=["CANCEL"],
        ),
    ] = MISSING
    amount_gross: Annotated[
        Annotated[StrictStr, Field(pattern=r"^[0-9]+(\.[0-9]{1,4})?$")] | Annotated[StrictFloat, Field(ge=0.0)] | MISSING,
        Field(
            alias="amountGross",
            description="The amount with tax. For instalments only, where the SDKs send it in place of `amount`.\n",
        ),
    ] = MISSING
    amount_net: Annotated[
        Annotated[StrictStr, Field(pattern=r"^[0-9]+(\.[0-9]{1,4})?$")] | Annotated[StrictFloat, Field(ge=0.0)] | MISSING,
        Field(alias="amountNet", description="The amount without tax, for instalments only."),
    ] = MISSING
    amount_vat: Annotated[
        Annotated[StrictStr, Field(pattern=r"^[0-9]+(\.[0-9]{1,4})?$")] | Annotated[StrictFloat, Field(ge=0.0)] | MISSING,
        Field(alias="amountVat", description="The tax, for instalments only."),
    ] = MISSING


class CancellationForm(BaseModel):
    """
    The members of `CancellationRequest` as form fields. A schema of its own, since generated
    clients choose the encoding by the type of the body.

    """

    model_config = ConfigDict(
        extra="forbid",
    )
    amount: Annotated[
        StrictStr | MISSING,
        Field(
            description="As `amount` of `CancellationRequest`; in a form every value is text.",
            examples=["10.00"],
            pattern="^[0-9]+(\\.[0-9]{1,4})?$",
        ),
    ] = MISSING
    payment_reference: Annotated[
        StrictStr | MISSING,
        Field(
            alias="paymentReference",
            description="The caller's reference of this cancel. A read of the single cancel shows it again. It\nneed not be unique, and repeating it does not prevent a second cancel.\n",
        ),
    ] = MISSING
    order_id: Annotated[
        StrictStr | MISSING, Field(alias="orderId", description="The merchant's order id.")
    ] = MISSING
    invoice_id: Annotated[
        StrictStr | MISSING, Field(alias="invoiceId", description="The merchant's invoice id.")
    ] = MISSING
    reason_code: Annotated[
        Literal["CANCEL", "RETURN", "CREDIT"] | MISSING,
        Field(
            alias="reasonCode",
            description="Why the money is given back: `CANCEL`, `RETURN` of goods, or `CREDIT`. Some payment types\ndemand it.\n",
            examples=["CANCEL"],
        ),
    ] = MISSING
    amount_gross: Annotated[
        StrictStr | MISSING,
        Field(
            alias="amountGross",
            description="As `amountGross` of `CancellationRequest`.",
            pattern="^[0-9]+(\\.[0-9]{1,4})?$",
        ),
    ] = MISSING
    amount_net: Annotated[
        StrictStr | MISSING,
        Field(
            alias="amountNet",
            description="As `amountNet` of `CancellationRequest`.",
            pattern="^[0-9]+(\\.[0-9]{1,4})?$",
        ),
    ] = MISSING
    amount_vat: Annotated[
        StrictStr | MISSING,
        Field(
            alias="amountVat",
            description="As `amountVat` of `CancellationRequest`.",
            pattern="^[0-9]+(\\.[0-9]{1,4})?$",
        ),
    ] = MISSING


class CanceledBasket(BaseModel):
    """
    What of a marketplace's basket was cancelled.
    """

    items: Annotated[
        list[CanceledBasketItem] | MISSING, Field(description="One entry per item of the basket.")
    ] = MISSING


class Authorization(BaseModel):
    """
    Money reserved on a payment method.
    """

    id: Annotated[
        StrictStr | MISSING,
        Field(
            description="The authorization's id, unique under its payment only.",
            examples=["s-aut-1"],
        ),
    ] = MISSING
    is_success: Annotated[
        StrictBool | MISSING,
        Field(alias="isSuccess", description="Whether the transaction was successful."),
    ] = MISSING
    is_pending: Annotated[
        StrictBool | MISSING,
        Field(
            alias="isPending",
            description="Whether the transaction is not decided yet, for instance because of a redirect to\nanother system. Unzer's page says that it never happens to a cancel.\n",
        ),
    ] = MISSING
    is_resumed: Annotated[
        StrictBool | MISSING,
        Field(
            alias="isResumed",
            description="Whether the transaction goes on after an interruption. Known from SDKs only.",
        ),
    ] = MISSING
    is_error: Annotated[
        StrictBool | MISSING,
        Field(alias="isError", description="Whether something went wrong; the message says what."),
    ] = MISSING
    card3ds: Annotated[
        StrictBool | MISSING,
        Field(description="Whether the card holder was authenticated. Known from SDKs only."),
    ] = MISSING
    redirect_url: Annotated[
        StrictStr | MISSING,
        Field(alias="redirectUrl", description="Where the customer has to go; empty if nowhere."),
    ] = MISSING
    message: Message | MISSING = MISSING
    amount: Annotated[
        StrictStr | MISSING,
        Field(
            description="The reserved amount, in decimal form, shown with four decimals.",
            examples=["100.0000"],
        ),
    ] = MISSING
    currency: Annotated[
        StrictStr | MISSING,
        Field(description="ISO 4217 code.", examples=["EUR"], max_length=3, min_length=3),
    ] = MISSING
    return_url: Annotated[
        StrictStr | MISSING,
        Field(alias="returnUrl", description="Where the customer comes back to."),
    ] = MISSING
    date: Annotated[
        StrictStr | MISSING,
        Field(
            description="When it happened, as `YYYY-MM-DD HH:MM:SS` without a time zone.",
            examples=["2018-09-24 22:06:41"],
        ),
    ] = MISSING
    resources: Resources | MISSING = MISSING
    order_id: Annotated[
        StrictStr | MISSING,
        Field(alias="orderId", description="The merchant's order id; empty if unset."),
    ] = MISSING
    invoice_id: Annotated[
        StrictStr | MISSING,
        Field(alias="invoiceId", description="The merchant's invoice id; empty if unset."),
    ] = MISSING
    payment_reference: Annotated[
        StrictStr | MISSING,
        Field(
            alias="paymentReference",
            description="The reference that the authorization was given; empty if unset.",
        ),
    ] = MISSING
    processing: Processing | MISSING = MISSING


class PaymentState(BaseModel):
    """
    Where the payment stands.
    """

    id: Annotated[
        Integer | MISSING,
        Field(
            description="0 pending, 1 completed, 2 canceled, 3 partly, 4 payment review, 5 chargeback, 6 create.\n"
        ),
    ] = MISSING
    name: Annotated[
        Literal["pending", "completed", "canceled", "partly", "payment review", "chargeback", "create"] | MISSING,
        Field(
            description="The state by name: `pending` not decided, `completed` done, `canceled` wholly cancelled,\n`partly` charged in part, `payment review` held for review, `chargeback` taken back by the\ncustomer's bank, `create` being created.\n",
            examples=["pending"],
        ),
    ] = MISSING


class PaymentTransaction(BaseModel):
    """
    One line of a payment's list of transactions.
    """

    date: Annotated[
        StrictStr | MISSING,
        Field(
            description="When it happened, as `YYYY-MM-DD HH:MM:SS` without a time zone.",
            examples=["2018-09-24 22:06:41"],
        ),
    ] = MISSING
    type: Annotated[
        Literal["authorize", "preauthorize", "charge", "cancel-authorize", "cancel-charge", "cancel-preauthorize", "chargeback", "payout", "shipment", "strong_customer_authentication", "sca"] | MISSING,
        Field(
            description="The kind of transaction. `cancel-authorize`, `cancel-charge` and `cancel-preauthorize` are\ncancels of what their name says, `strong_customer_authentication` and `sca` the check of the\ncard holder; `authorize`, `preauthorize`, `charge`, `chargeback`, `payout` and `shipment`\nare what they are called.\n",
            examples=["cancel-authorize"],
        ),
    ] = MISSING
    status: Annotated[
        Literal["success", "pending", "error", "resumed"] | MISSING,
        Field(
            description="How the transaction ended: `success`, `pending`, `error` or `resumed`. Only `success` counts\nas done; the member may be absent.\n",
            examples=["success"],
        ),
    ] = MISSING
    url: Annotated[
        StrictStr | MISSING,
        Field(
            description="Address of the transaction. Its host may differ from the one that was asked; take its\npath only, and never send credentials elsewhere.\n"
        ),
    ] = MISSING
    amount: Annotated[
        StrictStr | MISSING,
        Field(description="The transaction's amount, in decimal form, shown with four decimals."),
    ] = MISSING


class ErrorEntry(BaseModel):
    """
    One thing that went wrong.
    """

    code: Annotated[
        StrictStr | MISSING,
        Field(
            description="Code of the error, an open set. Of those that a cancel can meet: `API.340.100.014`\nalready cancelled, `API.340.100.015` already charged back, `API.340.100.017` more than\nis left, `API.340.100.018` already charged, `API.340.000.004` cancel not allowed,\n`API.340.000.009` no answer from Unzer's core in time, `API.340.100.024` reason code\nmissing, `API.340.200.130` amount missing, `API.310.100.003` payment not found,\n`API.320.200.138` order id in use, `API.320.200.145` payment of another merchant,\n`API.710.000.002` key invalid, `API.710.000.005` no permission, `API.710.000.007` wrong\nway to authenticate, `API.710.200.100` field missing, `API.500.300.999` request data\ninvalid, `API.000.000.999` anything else.\n",
            examples=["API.340.100.014"],
        ),
    ] = MISSING
    merchant_message: Annotated[
        StrictStr | MISSING,
        Field(
            alias="merchantMessage",
            description="For the merchant; missing where a public key was used.",
        ),
    ] = MISSING
    customer_message: Annotated[
        StrictStr | MISSING,
        Field(
            alias="customerMessage",
            description="For the customer, in the language that `Accept-Language` asks for.",
        ),
    ] = MISSING
    status: ErrorEntryStatus | MISSING = MISSING


class Cancellation(BaseModel):
    """
    One cancel. Of the flags exactly one is true, says Unzer's page; SDKs know a fourth,
    `isResumed`.

    """

    id: Annotated[
        StrictStr | MISSING,
        Field(
            description="The cancel's id, a small number per parent. Unique under its parent only.\n",
            examples=["s-cnl-1"],
        ),
    ] = MISSING
    is_success: Annotated[
        StrictBool | MISSING,
        Field(alias="isSuccess", description="Whether the transaction was successful."),
    ] = MISSING
    is_pending: Annotated[
        StrictBool | MISSING,
        Field(
            alias="isPending",
            description="Whether the transaction is not decided yet, for instance because of a redirect to\nanother system. Unzer's page says that it never happens to a cancel.\n",
        ),
    ] = MISSING
    is_resumed: Annotated[
        StrictBool | MISSING,
        Field(
            alias="isResumed",
            description="Whether the transaction goes on after an interruption. Known from SDKs only.",
        ),
    ] = MISSING
    is_error: Annotated[
        StrictBool | MISSING,
        Field(alias="isError", description="Whether something went wrong; the message says what."),
    ] = MISSING
    card3ds: Annotated[
        StrictBool | MISSING,
        Field(description="Whether the card holder was authenticated. Known from SDKs only."),
    ] = MISSING
    message: Message | MISSING = MISSING
    amount: Annotated[
        StrictStr | MISSING,
        Field(
            description="The cancelled amount, in decimal form, shown with four decimals.",
            examples=["50.0000"],
        ),
    ] = MISSING
    currency: Annotated[
        StrictStr | MISSING,
        Field(description="ISO 4217 code.", examples=["EUR"], max_length=3, min_length=3),
    ] = MISSING
    return_url: Annotated[
        StrictStr | MISSING,
        Field(alias="returnUrl", description="Always empty, as nobody is redirected for a cancel."),
    ] = MISSING
    date: Annotated[
        StrictStr | MISSING,
        Field(
            description="When it happened, as `YYYY-MM-DD HH:MM:SS` without a time zone.",
            examples=["2018-09-24 22:06:41"],
        ),
    ] = MISSING
    resources: Resources | MISSING = MISSING
    order_id: Annotated[
        StrictStr | MISSING,
        Field(alias="orderId", description="The merchant's order id; empty if unset."),
    ] = MISSING
    invoice_id: Annotated[
        StrictStr | MISSING,
        Field(alias="invoiceId", description="The merchant's invoice id; empty if unset."),
    ] = MISSING
    payment_reference: Annotated[
        StrictStr | MISSING,
        Field(
            alias="paymentReference",
            description="The reference that the request gave to this cancel; empty if unset.",
        ),
    ] = MISSING
    reason_code: Annotated[
        StrictStr | MISSING,
        Field(
            alias="reasonCode",
            description="The reason that the request gave; empty if unset. A text here, as a reader takes any.\n",
        ),
    ] = MISSING
    canceled_basket: Annotated[CanceledBasket | MISSING, Field(alias="canceledBasket")] = MISSING
    processing: Processing | MISSING = MISSING


class Payment(BaseModel):
    """
    A payment with its transactions.
    """

    id: Annotated[
        StrictStr | MISSING, Field(description="The payment's id.", examples=["s-pay-1"])
    ] = MISSING
    state: PaymentState | MISSING = MISSING
    amount: PaymentAmount | MISSING = MISSING
    currency: Annotated[
        StrictStr | MISSING,
        Field(description="ISO 4217 code.", examples=["EUR"], max_length=3, min_length=3),
    ] = MISSING
    order_id: Annotated[
        StrictStr | MISSING,
        Field(alias="orderId", description="The merchant's order id; empty if unset."),
    ] = MISSING
    invoice_id: Annotated[
        StrictStr | MISSING,
        Field(alias="invoiceId", description="The merchant's invoice id; empty if unset."),
    ] = MISSING
    resources: Resources | MISSING = MISSING
    transactions: Annotated[
        list[PaymentTransaction] | MISSING,
        Field(description="Everything that was done, failed attempts included."),
    ] = MISSING


class ErrorResponse(BaseModel):
    """
    Why the request failed. It can come with a 2xx status. Older bodies hold `errors` and little
    else.

    """

    id: Annotated[
        StrictStr | MISSING,
        Field(
            description="The error's id; Unzer answers `GET /errors/{id}` for it.",
            examples=["s-err-1"],
        ),
    ] = MISSING
    is_success: Annotated[
        StrictBool | MISSING,
        Field(alias="isSuccess", description="Whether the transaction was successful."),
    ] = MISSING
    is_pending: Annotated[
        StrictBool | MISSING,
        Field(
            alias="isPending",
            description="Whether the transaction is not decided yet, for instance because of a redirect to\nanother system. Unzer's page says that it never happens to a cancel.\n",
        ),
    ] = MISSING
    is_resumed: Annotated[
        StrictBool | MISSING,
        Field(
            alias="isResumed",
            description="Whether the transaction goes on after an interruption. Known from SDKs only.",
        ),
    ] = MISSING
    is_error: Annotated[
        StrictBool | MISSING,
        Field(alias="isError", description="Whether something went wrong; the message says what."),
    ] = MISSING
    url: Annotated[StrictStr | MISSING, Field(description="The address that was asked.")] = MISSING
    timestamp: Annotated[StrictStr | MISSING, Field(description="When it happened.")] = MISSING
    trace_id: Annotated[
        StrictStr | MISSING,
        Field(alias="traceId", description="Unzer's trace of the request, for its support."),
    ] = MISSING
    errors: Annotated[list[ErrorEntry], Field(description="What went wrong.", min_length=1)]


class CancellationResult(RootModel[ErrorResponse | Cancellation]):
    root: Annotated[
        ErrorResponse | Cancellation,
        Field(
            description="The cancel, or an error body in spite of a 2xx status. A body with `errors` is an error.\n",
            examples=[{"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False, "message": {"code": "COR.000.100.112", "customer": "Request successfully processed in 'Merchant in Connector Test Mode'"}, "amount": "50.0000", "currency": "EUR", "date": "2018-09-24 22:06:41", "resources": {"customerId": "s-cst-e769ddae5686", "paymentId": "s-pay-6986", "basketId": "", "metadataId": "", "typeId": "s-crd-qfisvuhm3jog"}, "processing": {"uniqueId": "31HA07BC81AB33BC5F44A2659D5E80FC", "shortId": "4017.5320.1722"}}, {"id": "s-err-1", "isSuccess": False, "isPending": False, "isError": True, "url": "https://api.unzer.com/v1/payments/s-pay-1/authorize/cancels", "timestamp": "2024-11-26 10:13:30", "traceId": "178045d5b0ee8ae9e53e2d473ac348cd", "errors": [{"code": "API.340.100.014", "merchantMessage": "The authorization is already cancelled", "customerMessage": "The payment is already cancelled"}]}],
        ),
    ]


class AuthorizationResult(RootModel[ErrorResponse | Authorization]):
    root: Annotated[
        ErrorResponse | Authorization,
        Field(
            description="The authorization, or an error body in spite of a 2xx status. A body with `errors` is an\nerror.\n",
            examples=[{"id": "s-aut-1", "isSuccess": True, "isPending": False, "isResumed": False, "isError": False, "card3ds": False, "redirectUrl": "", "message": {"code": "COR.000.000.000", "merchant": "Transaction succeeded", "customer": "Your payments have been successfully processed."}, "amount": "100.0000", "currency": "EUR", "returnUrl": "https://shop.example/return", "date": "2024-11-26 10:12:00", "resources": {"paymentId": "s-pay-1", "typeId": "s-crd-1"}, "paymentReference": "", "processing": {"uniqueId": "31HA07BC8150FAE7F0B65A2095CE0A83", "shortId": "5390.6667.9884"}}, {"errors": [{"code": "API.000.000.999", "merchantMessage": "The request is invalid", "customerMessage": "The request failed"}]}],
        ),
    ]


class PaymentResult(RootModel[ErrorResponse | Payment]):
    root: Annotated[
        ErrorResponse | Payment,
        Field(
            description="The payment, or an error body in spite of a 2xx status. A body with `errors` is an error.\n",
            examples=[{"id": "s-pay-1", "state": {"id": 0, "name": "pending"}, "amount": {"total": "90.0000", "charged": "0.0000", "canceled": "0.0000", "remaining": "90.0000"}, "currency": "EUR", "orderId": "", "invoiceId": "", "resources": {"customerId": "", "paymentId": "s-pay-1", "basketId": "", "metadataId": "", "typeId": "s-crd-1"}, "transactions": [{"date": "2024-11-26 10:12:00", "type": "authorize", "status": "success", "url": "https://sbx-api.unzer.com/v1/payments/s-pay-1/authorize/s-aut-1", "amount": "100.0000"}, {"date": "2024-11-26 10:13:30", "type": "cancel-authorize", "status": "success", "url": "https://sbx-api.unzer.com/v1/payments/s-pay-1/authorize/s-aut-1/cancels/s-cnl-1", "amount": "10.0000"}]}, {"errors": [{"code": "API.000.000.999", "merchantMessage": "The request is invalid", "customerMessage": "The request failed"}]}],
        ),
    ]
