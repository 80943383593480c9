"""The specifications hold every value, status and field that the providers' pages list."""

from typing import Any

import pytest

from tests.specs.reading import Operation, load, load_all

OPERATIONS = {
    ("bento", "cancelTransaction"): "PUT /orders/{orderId}/transactions/{transactionId}/_cancel",
    ("bento", "getTransaction"): "GET /orders/{orderId}/transactions/{transactionId}",
    ("pace-fueling", "cancelTransaction"): (
        "DELETE /gas-stations/{gasStationId}/transactions/{transactionId}"
    ),
    ("pace-pay", "cancelTransaction"): "POST /transactions/{transactionId}/cancel",
    ("pace-pay", "getTransaction"): "GET /transactions/{transactionId}",
    ("unzer", "getPayment"): "GET /payments/{paymentId}",
    ("unzer", "getAuthorization"): "GET /payments/{paymentId}/authorize/{authorizationId}",
    ("unzer", "cancelPayment"): "POST /payments/{paymentId}/authorize/cancels",
    ("unzer", "getPaymentCancellation"): (
        "GET /payments/{paymentId}/authorize/cancels/{cancellationId}"
    ),
    ("unzer", "cancelAuthorization"): (
        "POST /payments/{paymentId}/authorize/{authorizationId}/cancels"
    ),
    ("unzer", "getAuthorizationCancellation"): (
        "GET /payments/{paymentId}/authorize/{authorizationId}/cancels/{cancellationId}"
    ),
    ("vtex", "cancelPayment"): "POST /payments/{paymentId}/cancellations",
}

SERVERS = {
    "bento": ["https://{host}/payments/v1"],
    "pace-fueling": ["https://api.pace.cloud/fueling/2024-4"],
    "pace-pay": ["https://api.pace.cloud/pay/2024-1"],
    "unzer": ["https://api.unzer.com/v1", "https://sbx-api.unzer.com/v1"],
    "vtex": ["https://{providerApiEndpoint}"],
}

REPEATS = {
    ("bento", "cancelTransaction"): ("unknown", "unknown"),
    ("pace-fueling", "cancelTransaction"): ("unknown", "unknown"),
    ("pace-pay", "cancelTransaction"): ("none", "same"),
    ("unzer", "cancelPayment"): ("again", "unknown"),
    ("unzer", "cancelAuthorization"): ("again", "unknown"),
    ("vtex", "cancelPayment"): ("none", "same"),
}

STATES = """
    Authorizing AuthFailed AuthSucceeded AuthExpired AuthVoided Capturing CaptureFailed
    CaptureSucceeded Refunded Refunding RefundFailed
"""

CODES = """
    PG0000 PG0001 PG0003 PG0005 PG0010 PG0011 PG0012 PG0013 PG0014 PG0015 PG0021 PG0038 PG0041
    PG0043 PG0051 PG0054 PG0055 PG0057 PG0059 PG0061 PG0062 PG0063 PG0064 PG0065 PG0094 PG0998
    PG0999 PG2000 PG2001 PG2002 PG2003 PG2004 PG2005 PG2006 PG2007 PG2008 PG2009 PG2010 PG2011
    PG2012 PG2013
"""

ENUMS = [
    ("bento", "TransactionState", STATES),
    ("bento", "StatusCode", CODES),
    ("bento", "StatusOutcome", "succeeded failedRetryable failedNonRetryable"),
    ("bento", "HistoryResult", "Success Failure"),
    ("bento", "HistoryAction", "Authorize Void Capture Poll Refund"),
    ("bento", "CardMechanism", "applePay googlePay samsungPay direct"),
    ("unzer", "ReasonCode", "CANCEL RETURN CREDIT"),
]

STATUSES = [
    ("pace-pay", "cancelTransaction", "204 400 401 403 404 406 415 422 500 502"),
    ("pace-pay", "getTransaction", "200 401 403 404 406 410 500"),
    ("pace-fueling", "cancelTransaction", "204 401 403 404 500 502"),
    ("bento", "cancelTransaction", "202 401 403 404 422 429 500 502 503 504"),
    ("bento", "getTransaction", "200 401 403 404 429 500 502 503 504"),
    ("unzer", "cancelPayment", "200 201 400 401 403 404 405 415 500"),
    ("unzer", "cancelAuthorization", "200 201 400 401 403 404 405 415 500"),
    ("vtex", "cancelPayment", "200 400 401 500 501"),
]

FIELDS = [
    ("pace-pay", "ErrorDocument", "errors"),
    ("pace-pay", "Problem", "id links status code title detail source meta"),
    ("pace-pay", "ProblemLinks", "about"),
    ("pace-pay", "ProblemSource", "pointer parameter"),
    ("bento", "CancelRequest", "refundAmount"),
    ("bento", "TransactionResponse", "data"),
    (
        "bento",
        "Transaction",
        """orderId transactionId paymentMethodId customerId totalAmount authorizedAmount
        capturedAmount refundedAmount currency description state status history created updated
        paymentMethod""",
    ),
    ("bento", "TransactionStatus", "code description outcome"),
    ("bento", "HistoryEntry", "amount result action status created"),
    ("bento", "CardPaymentMethod", "type card billingDetails paymentMethodId customerId"),
    ("bento", "CardDetails", "brand mechanism cardHolderName expiryDate bin last4 country"),
    ("bento", "BillingDetails", "address name email phone"),
    ("bento", "BillingAddress", "line1 line2 city region country postalCode"),
    ("bento", "PaypalPaymentMethod", "type paypal paymentMethodId customerId"),
    ("bento", "PaypalAccount", "payerEmail payerId revokedAt"),
    ("bento", "ErrorResponse", "message causes"),
    ("bento", "ErrorCause", "message metadata"),
    (
        "unzer",
        "Cancellation",
        """id isSuccess isPending isError message amount currency returnUrl date resources
        processing""",
    ),
    ("unzer", "Message", "code customer merchant"),
    ("unzer", "Resources", "customerId basketId metadataId paymentId typeId"),
    ("unzer", "Processing", "uniqueId shortId iban bic identification creatorId"),
    ("unzer", "CancellationRequest", "amount"),
    ("unzer", "CancellationForm", "amount"),
    (
        "vtex",
        "CancelPaymentRequest",
        "paymentId requestId authorizationId sandboxMode",
    ),
    (
        "vtex",
        "CancelPaymentResponse",
        "paymentId status message code cancellationId requestId",
    ),
]
"""What the page of the operation lists."""

BEYOND = [
    (
        "vtex",
        "CancelPaymentRequest",
        "tid transactionId value nsu merchantSettings connectorMetadata",
    ),
    ("vtex", "CancelPaymentResponse", "connectorMetadata"),
    ("unzer", "Cancellation", "isResumed paymentReference orderId reasonCode canceledBasket"),
    ("unzer", "CancellationRequest", "paymentReference orderId amountNet reasonCode"),
    ("unzer", "CanceledBasketItem", "participantId basketItemReferenceId quantity amountGross"),
]
"""What other sources add."""

LENGTHS = [
    ("bento", "Transaction", "orderId", 1, None),
    ("bento", "Transaction", "transactionId", 1, None),
    ("bento", "Transaction", "paymentMethodId", 1, None),
    ("bento", "Transaction", "customerId", 1, None),
    ("bento", "CardPaymentMethod", "paymentMethodId", 1, None),
    ("bento", "CardPaymentMethod", "customerId", 1, None),
    ("bento", "PaypalPaymentMethod", "paymentMethodId", 1, None),
    ("bento", "PaypalPaymentMethod", "customerId", 1, None),
    ("bento", "CardDetails", "expiryDate", 7, 7),
    ("bento", "CardDetails", "bin", 4, 6),
    ("bento", "CardDetails", "last4", 4, 4),
    ("unzer", "Cancellation", "currency", 3, 3),
    ("vtex", "ConnectorMetadata", "name", None, 20),
    ("vtex", "ConnectorMetadata", "value", None, 200),
]

TYPES: list[tuple[str, str, str, Any]] = [
    ("bento", "CancelRequest", "refundAmount", "integer"),
    ("bento", "Transaction", "totalAmount", "integer"),
    ("bento", "PaypalAccount", "payerEmail", "string"),
    ("unzer", "CancellationRequest", "amount", ["string", "number"]),
    ("unzer", "CancellationForm", "amount", "string"),
    ("unzer", "Cancellation", "amount", "string"),
    ("unzer", "Cancellation", "isSuccess", "boolean"),
    ("vtex", "CancelPaymentRequest", "sandboxMode", ["boolean", "string"]),
    ("vtex", "CancelPaymentResponse", "cancellationId", ["string", "null"]),
    ("vtex", "CancelPaymentResponse", "message", ["string", "null"]),
    ("vtex", "CancelPaymentResponse", "code", ["string", "null"]),
]

SAID = [
    ("pace-pay", "cancelTransaction", "no amount, as the payment is cancelled whole"),
    ("pace-pay", "cancelTransaction", "There is no body, and nothing to wait for."),
    ("pace-fueling", "cancelTransaction", "no amount: the payment is cancelled whole"),
    ("pace-fueling", "cancelTransaction", "There is no body, and nothing to wait for."),
    ("pace-fueling", "cancelTransaction", "after a lost answer a 403 proves as little"),
    ("pace-fueling", "cancelTransaction", "200 that it was captured, 410 that it was cancelled"),
    ("bento", "cancelTransaction", "It is done where the state is `AuthVoided`."),
    ("bento", "cancelTransaction", "refusals come in a 2xx too, to be read from `status`"),
    *(
        ("unzer", operation, words)
        for operation in ("cancelPayment", "cancelAuthorization")
        for words in (
            "An answer with `isSuccess` says that the cancel was carried out.",
            "Unzer's page adds that a cancel is never pending",
            "No source says when the customer can use the money again.",
            "What was charged is not released by a cancel of the authorization",
        )
    ),
]
"""What callers rest decisions about money on, in the words of the operation."""


def schema(api: str, name: str) -> Any:
    """Return a named schema of one file."""
    return load(api).at(f"#/components/schemas/{name}")


def test_every_operation_is_there_under_its_address() -> None:
    """Neither more nor fewer operations, each with its method and path."""
    found = {
        (spec.name, o.node["operationId"]): f"{o.method.upper()} {o.path}"
        for spec in load_all()
        for o in spec.operations
    }
    assert found == OPERATIONS


def test_every_api_is_there_under_its_servers() -> None:
    """The addresses that the sources print."""
    found = {spec.name: [s["url"] for s in spec.node["servers"]] for spec in load_all()}
    assert found == SERVERS


def _repeat(operation: Operation) -> tuple[str, str]:
    repeat = operation.node["x-countermand"]["repeat"]
    return repeat["effect"], repeat["answer"]


@pytest.mark.parametrize("operation_id", ["cancelPayment", "cancelAuthorization"])
def test_a_second_cancel_of_everything_is_refused_by_unzer(operation_id: str) -> None:
    """It does no harm, and no source says with which code it is refused."""
    (operation,) = (o for o in load("unzer").operations if o.node["operationId"] == operation_id)
    full = operation.node["x-countermand"]["repeat"]["full"]
    assert full == {"effect": "none", "answer": "unknown"}


def test_no_operation_claims_to_be_safer_than_its_sources_say() -> None:
    """What an identical second request does is stated once more, on purpose."""
    found = {
        (spec.name, o.node["operationId"]): _repeat(o)
        for spec in load_all()
        for o in spec.operations
        if o.node["x-countermand"]["effect"] == "cancel"
    }
    assert found == REPEATS


@pytest.mark.parametrize(("api", "name", "values"), ENUMS)
def test_the_enum_has_the_listed_values(api: str, name: str, values: str) -> None:
    """Neither more nor fewer values than the source lists."""
    assert sorted(schema(api, name)["enum"]) == sorted(values.split())


@pytest.mark.parametrize(("api", "operation_id", "statuses"), STATUSES)
def test_the_operation_has_the_listed_statuses(api: str, operation_id: str, statuses: str) -> None:
    """Neither more nor fewer statuses than the sources list."""
    (operation,) = (o for o in load(api).operations if o.node["operationId"] == operation_id)
    assert sorted(operation.responses) == statuses.split()


@pytest.mark.parametrize(("api", "operation_id", "words"), SAID)
def test_the_operation_says_what_is_known_of_the_money(
    api: str, operation_id: str, words: str
) -> None:
    """Whether it is done, what proves it, and what nobody says."""
    (operation,) = (o for o in load(api).operations if o.node["operationId"] == operation_id)
    texts = [operation.node["description"]]
    texts += [response["description"] for response in operation.responses.values()]
    assert any(words in " ".join(text.split()) for text in texts)


def test_no_source_says_what_a_small_amount_does_at_vtex() -> None:
    """So a caller who sends one reads it in the field itself."""
    text = schema("vtex", "CancelPaymentRequest")["properties"]["value"]["description"]
    assert "No source says what an amount does that is smaller" in " ".join(text.split())


@pytest.mark.parametrize(("api", "name", "fields"), [*FIELDS, *BEYOND])
def test_the_schema_has_the_listed_fields(api: str, name: str, fields: str) -> None:
    """Every field that the source lists; SDKs may know more."""
    assert set(fields.split()) <= set(schema(api, name)["properties"])


@pytest.mark.parametrize(("api", "name", "fields"), FIELDS)
def test_a_field_that_the_page_of_the_operation_lacks_names_its_source(
    api: str, name: str, fields: str
) -> None:
    """In itself, or in the schema that it refers to."""
    added = set(schema(api, name)["properties"]) - set(fields.split())
    # A reference to what the page does list; row B8a says where it stands there.
    added -= {"status"} if name in ("TransactionResponse", "ErrorResponse") else set()
    for field in added:
        assert "x-source" in load(api).resolved(schema(api, name)["properties"][field]), field


@pytest.mark.parametrize("name", ["providerAppKey", "providerAppToken"])
def test_a_credential_that_the_page_of_the_operation_lacks_names_its_source(name: str) -> None:
    """VTEX's page prints the other two headers only."""
    assert "x-source" in load("vtex").at(f"#/components/securitySchemes/{name}")


@pytest.mark.parametrize(("api", "name", "field", "least", "most"), LENGTHS)
def test_the_field_has_the_stated_length(
    api: str, name: str, field: str, least: int | None, most: int | None
) -> None:
    """The stated lengths, and no others."""
    node = schema(api, name)["properties"][field]
    assert (node.get("minLength"), node.get("maxLength")) == (least, most)


@pytest.mark.parametrize(("api", "name", "field", "expected"), TYPES)
def test_the_field_has_the_chosen_type(api: str, name: str, field: str, expected: Any) -> None:
    """The type that was chosen where sources disagree or money depends on it."""
    assert schema(api, name)["properties"][field]["type"] == expected


@pytest.mark.parametrize("name", ["ErrorDocument", "Problem", "ProblemLinks", "ProblemMeta"])
def test_both_pace_files_describe_errors_alike(name: str) -> None:
    """The two files are self-contained, and still of one mind."""
    assert schema("pace-pay", name) == schema("pace-fueling", name)


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "405", "500"])
def test_no_read_of_unzer_shows_a_cancels_verdict(status: str) -> None:
    """That something is cancelled or charged already is said to who wants to cancel it."""
    verdicts = {
        (operation.id, error["code"])
        for operation in load("unzer").operations
        for media in operation.responses[status]["content"].values()
        for example in media["examples"].values()
        for error in load("unzer").resolved(example)["value"]["errors"]
        if error["code"].startswith("API.340.")
    }
    cancels = ("cancelPayment", "cancelAuthorization")
    codes = ("API.340.100.014", "API.340.100.017", "API.340.100.018")
    expected = {(f"unzer:{name}", code) for name in cancels for code in codes}
    assert verdicts == (expected if status == "400" else set())


@pytest.mark.parametrize("name", ["PaymentResult", "AuthorizationResult"])
def test_no_schema_of_a_read_of_unzer_shows_a_cancels_verdict(name: str) -> None:
    """Neither where only a read's answer has the schema."""
    errors = [e for example in schema("unzer", name)["examples"] for e in example.get("errors", [])]
    assert [error["code"] for error in errors] == ["API.000.000.999"]


@pytest.mark.parametrize("operation", load("unzer").operations, ids=lambda o: str(o.id))
def test_a_405_tells_the_methods_that_are_allowed(operation: Operation) -> None:
    """RFC 9110 demands the header."""
    assert operation.responses["405"]["headers"].keys() == {"Allow"}


def test_only_the_ids_in_a_vtex_request_are_required() -> None:
    """Two of the three printed requests have no authorizationId."""
    assert schema("vtex", "CancelPaymentRequest")["required"] == ["paymentId", "requestId"]


@pytest.mark.parametrize("name", ["CancellationRequest", "CancellationForm"])
@pytest.mark.parametrize("amount", ["10.00", "1", "0.0001", "50.0000"])
def test_unzer_amounts_are_decimal_text(name: str, amount: str) -> None:
    """Up to four decimals pass in both encodings."""
    assert load("unzer").violations(schema("unzer", name), {"amount": amount}) == []


@pytest.mark.parametrize("name", ["CancellationRequest", "CancellationForm"])
@pytest.mark.parametrize("amount", ["", "-1", "1,00", "1.00000", "1.", ".5", "1e3", -1, "\u0661"])
def test_other_unzer_amounts_are_refused(name: str, amount: Any) -> None:
    """Nothing passes that could be read as another sum."""
    assert load("unzer").violations(schema("unzer", name), {"amount": amount})


@pytest.mark.parametrize("amount", [10, 4.9])
def test_a_server_takes_unzer_s_amounts_as_numbers(amount: Any) -> None:
    """As Unzer's SDKs send them, in JSON; a form has none."""
    for name, refused in (("CancellationRequest", False), ("CancellationForm", True)):
        found = load("unzer").violations(schema("unzer", name), {"amount": amount})
        assert bool(found) is refused


@pytest.mark.parametrize("amount", [0, -1, 1.5, "10", True])
def test_other_bento_amounts_are_refused(amount: Any) -> None:
    """Only a positive whole number of minor units is an amount."""
    assert load("bento").violations(schema("bento", "CancelRequest"), {"refundAmount": amount})


@pytest.mark.parametrize(
    ("api", "name", "field"),
    [
        ("bento", "CancelRequest", "refund_amount"),
        ("unzer", "CancellationRequest", "Amount"),
        ("unzer", "CancellationForm", "ammount"),
    ],
)
def test_a_misspelt_request_field_is_refused(api: str, name: str, field: str) -> None:
    """A lost amount would cancel everything, so an unknown field is an error."""
    node = schema(api, name)
    assert load(api).violations(node, {**node["examples"][0], field: "10.00"})


@pytest.mark.parametrize("name", ["CancelPaymentRequest", "MerchantSetting", "ConnectorMetadata"])
def test_a_vtex_request_may_hold_more_than_is_documented(name: str) -> None:
    """A provider must take what it gets, and VTEX has added members before."""
    node = schema("vtex", name)
    assert load("vtex").violations(node, {**node["examples"][0], "newMember": {"value": 1}}) == []
