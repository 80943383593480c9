# Generated from specs/pace-pay.yaml by datamodel-code-generator 0.89.0. Do not edit; run: nox -s generate

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import MISSING, BaseModel, Field, RootModel, StrictFloat, StrictStr


class PlainRefusal(RootModel[StrictStr]):
    root: Annotated[
        StrictStr,
        Field(
            description="What the authentication layer in front of the API says, as plain text. It speaks of the\ncaller and never of the transaction.\n",
            examples=["Unauthorized"],
        ),
    ]


class ProblemLinks(BaseModel):
    """
    Where to read more. Shown in the provider's examples only.
    """

    about: Annotated[
        StrictStr | MISSING,
        Field(description="Leads to more about this occurrence of the problem."),
    ] = MISSING


class ProblemSource(BaseModel):
    """
    Which part of the request caused the problem.
    """

    pointer: Annotated[
        StrictStr | MISSING,
        Field(
            description="JSON Pointer (RFC 6901) into the request document, for example `/data` or\n`/data/attributes/title`.\n"
        ),
    ] = MISSING
    parameter: Annotated[
        StrictStr | MISSING,
        Field(
            description="The parameter that caused the problem. The text says a query parameter; servers built\nwith PACE's framework also name path parameters here.\n"
        ),
    ] = MISSING


class ProblemMeta(BaseModel):
    """
    Anything else the server says about the problem; free-form.
    """


class UpdateMode(RootModel[Literal["longPolling"]]):
    root: Annotated[
        Literal["longPolling"],
        Field(
            description="How the answer of a read is held back; `longPolling` waits until there is something new.\n",
            examples=["longPolling"],
        ),
    ]


class TransactionAttributes(BaseModel):
    """
    What is known about a completed transaction. PACE's SDKs list more members; these are the
    ones that help to recognise a payment.

    """

    created_at: Annotated[
        StrictStr | MISSING,
        Field(alias="createdAt", description="When the transaction was created, as RFC 3339 text."),
    ] = MISSING
    currency: Annotated[StrictStr | MISSING, Field(description="ISO 4217 code.")] = MISSING
    price_including_vat: Annotated[
        StrictFloat | MISSING,
        Field(
            alias="priceIncludingVAT",
            description="What the user paid, discounts already taken off, in the currency's major unit.",
        ),
    ] = MISSING
    payment_transaction_request_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="paymentTransactionRequestID",
            description="Request id of the call that made the transaction.",
        ),
    ] = MISSING
    payment_token_request_id: Annotated[
        StrictStr | MISSING,
        Field(
            alias="paymentTokenRequestID",
            description="Request id of the call that made the payment token.",
        ),
    ] = MISSING
    product_flow: Annotated[
        StrictStr | MISSING,
        Field(
            alias="productFlow",
            description="How the product was bought, for example before or after fuelling.",
        ),
    ] = MISSING
    references: Annotated[
        list[StrictStr] | MISSING,
        Field(description="What the payment was for, as PACE resource names."),
    ] = MISSING
    error: Annotated[
        Any | MISSING,
        Field(
            description="What went wrong with the payment, if anything; its form is not documented."
        ),
    ] = MISSING


class Problem(BaseModel):
    """
    One problem of a JSON:API error document.
    """

    id: Annotated[
        StrictStr | MISSING,
        Field(
            description="Unique to this occurrence of the problem. It is the request's id, so quote it to\nPACE's support.\n"
        ),
    ] = MISSING
    links: ProblemLinks | MISSING = MISSING
    status: Annotated[
        StrictStr | MISSING,
        Field(description="The HTTP status that fits this problem, as a string."),
    ] = MISSING
    code: Annotated[
        StrictStr | MISSING,
        Field(
            description="PACE's code of the problem, an open set. `missing-linked-identity` is the one that the\ncancel's page names. For payments in general later references also name `1000` generic,\n`1001` temporarily unavailable, `1002` above the authorised amount, `1003` implicit\npayment methods cannot be modified, `1004` and `provider:payment-method-rejected`,\n`provider:authorization-denied` and `rule:product-denied`.\n"
        ),
    ] = MISSING
    title: Annotated[
        StrictStr | MISSING,
        Field(
            description="A short summary that stays the same from one occurrence to the next, except for\ntranslation.\n"
        ),
    ] = MISSING
    detail: Annotated[
        StrictStr | MISSING,
        Field(description="What happened in this occurrence; may be translated."),
    ] = MISSING
    source: ProblemSource | MISSING = MISSING
    meta: ProblemMeta | MISSING = MISSING


class Transaction(BaseModel):
    """
    A completed transaction, as a JSON:API resource.
    """

    type: Annotated[
        StrictStr | MISSING, Field(description="The kind of resource, `transaction`.")
    ] = MISSING
    id: Annotated[StrictStr | MISSING, Field(description="The transaction's id.")] = MISSING
    attributes: TransactionAttributes | MISSING = MISSING


class ErrorDocument(BaseModel):
    """
    A JSON:API error document. No member is promised.
    """

    errors: Annotated[
        list[Problem] | MISSING, Field(description="What went wrong, one entry per problem.")
    ] = MISSING


class TransactionDocument(BaseModel):
    """
    The JSON:API document that holds one transaction.
    """

    data: Transaction | MISSING = MISSING
