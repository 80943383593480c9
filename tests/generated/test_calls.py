"""Every operation's request, byte by byte: as built, and as it arrives at a server."""

import json
from types import ModuleType
from typing import Any

import attrs
import pytest
from countermand_clients import bento, pace_fueling, pace_pay, unzer, vtex
from countermand_clients.bento import operations as bento_operations
from countermand_clients.bento.api.transactions import cancel_transaction as bento_cancel
from countermand_clients.bento.api.transactions import get_transaction as bento_get
from countermand_clients.bento.models import CancelRequest
from countermand_clients.client import AuthenticatedClient
from countermand_clients.operation import (
    Echo,
    IdempotencyKey,
    Money,
    Operation,
    Place,
    Repeat,
    Sign,
    Words,
)
from countermand_clients.pace_fueling import operations as fueling_operations
from countermand_clients.pace_fueling.api.transactions import cancel_transaction as fueling_cancel
from countermand_clients.pace_pay import operations as pace_pay_operations
from countermand_clients.pace_pay import operations as pay_operations
from countermand_clients.pace_pay.api.transactions import cancel_transaction as pay_cancel
from countermand_clients.pace_pay.api.transactions import get_transaction as pay_get
from countermand_clients.pace_pay.models import UpdateMode
from countermand_clients.types import UNSET
from countermand_clients.unzer import operations as unzer_operations
from countermand_clients.unzer.api.payments import (
    cancel_authorization,
    cancel_payment,
    get_authorization,
    get_authorization_cancellation,
    get_payment,
    get_payment_cancellation,
)
from countermand_clients.unzer.models import CancellationForm, CancellationRequest, ReasonCode
from countermand_clients.vtex import operations as vtex_operations
from countermand_clients.vtex.api.payments import cancel_payment as vtex_cancel
from countermand_clients.vtex.models import CancelPaymentRequest

from .conftest import Provider

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
JSON_API = "application/vnd.api+json"
OPERATIONS = [
    bento_operations,
    fueling_operations,
    pay_operations,
    unzer_operations,
    vtex_operations,
]


@attrs.frozen
class Case:
    """One request: its call, and the bytes that must be sent."""

    module: ModuleType
    ids: tuple[str, ...]
    line: str
    accept: str
    body: Any = None
    options: dict[str, Any] = attrs.field(factory=dict)
    content_type: str | None = None
    content: bytes | None = None

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments, the body among them if there is one."""
        return self.options if self.body is None else {**self.options, "body": self.body}


CASES = {
    "pace_pay.cancelTransaction": Case(
        pay_cancel, ("t-1",), "POST /transactions/t-1/cancel", JSON_API
    ),
    "pace_pay.getTransaction": Case(pay_get, ("t-1",), "GET /transactions/t-1", JSON_API),
    "pace_pay.getTransaction with a query": Case(
        pay_get,
        ("t-1",),
        f"GET /transactions/t-1?update={next(iter(UpdateMode))}",
        JSON_API,
        options={"update": next(iter(UpdateMode))},
    ),
    "pace_fueling.cancelTransaction": Case(
        fueling_cancel, ("g/1", "t 1"), "DELETE /gas-stations/g%2F1/transactions/t%201", JSON_API
    ),
    "bento.cancelTransaction": Case(
        bento_cancel, ("o-1", "t-1"), "PUT /orders/o-1/transactions/t-1/_cancel", JSON
    ),
    "bento.getTransaction": Case(
        bento_get, ("o-1", "t-1"), "GET /orders/o-1/transactions/t-1", JSON
    ),
    "bento.cancelTransaction of a part": Case(
        bento_cancel,
        ("o-1", "t-1"),
        "PUT /orders/o-1/transactions/t-1/_cancel",
        JSON,
        body=CancelRequest(refund_amount=1250),
        content_type=JSON,
        content=b'{"refundAmount":1250}',
    ),
    "unzer.cancelPayment": Case(
        cancel_payment, ("s-pay-1",), "POST /payments/s-pay-1/authorize/cancels", JSON
    ),
    "unzer.cancelPayment of a part as JSON": Case(
        cancel_payment,
        ("s-pay-1",),
        "POST /payments/s-pay-1/authorize/cancels",
        JSON,
        body=CancellationRequest(
            amount="1.00", payment_reference="Grüße", reason_code=ReasonCode.CANCEL
        ),
        content_type=JSON,
        content='{"amount":"1.00","paymentReference":"Grüße","reasonCode":"CANCEL"}'.encode(),
    ),
    "unzer.cancelPayment of a part as a form": Case(
        cancel_payment,
        ("s-pay-1",),
        "POST /payments/s-pay-1/authorize/cancels",
        JSON,
        body=CancellationForm(amount="1.00", payment_reference="a&b = ü"),
        content_type=FORM,
        content=b"amount=1.00&paymentReference=a%26b+%3D+%C3%BC",
    ),
    "unzer.cancelPayment with an empty form": Case(
        cancel_payment,
        ("s-pay-1",),
        "POST /payments/s-pay-1/authorize/cancels",
        JSON,
        body=CancellationForm(),
    ),
    "unzer.cancelAuthorization": Case(
        cancel_authorization,
        ("s-pay-1", "s-aut-1"),
        "POST /payments/s-pay-1/authorize/s-aut-1/cancels",
        JSON,
        body=CancellationForm(amount="0.5"),
        content_type=FORM,
        content=b"amount=0.5",
    ),
    "unzer.getPayment": Case(get_payment, ("s-pay-1",), "GET /payments/s-pay-1", JSON),
    "unzer.getAuthorization": Case(
        get_authorization, ("s-pay-1", "s-aut-1"), "GET /payments/s-pay-1/authorize/s-aut-1", JSON
    ),
    "unzer.getPaymentCancellation": Case(
        get_payment_cancellation,
        ("s-pay-1", "s-cnl-1"),
        "GET /payments/s-pay-1/authorize/cancels/s-cnl-1",
        JSON,
    ),
    "unzer.getAuthorizationCancellation": Case(
        get_authorization_cancellation,
        ("s-pay-1", "s-aut-1", "s-cnl-1"),
        "GET /payments/s-pay-1/authorize/s-aut-1/cancels/s-cnl-1",
        JSON,
    ),
    "vtex.cancelPayment": Case(
        vtex_cancel,
        ("P-1",),
        "POST /payments/P-1/cancellations",
        JSON,
        body=CancelPaymentRequest(payment_id="P-1", request_id="R-1", authorization_id="A-1"),
        content_type=JSON,
        content=b'{"paymentId":"P-1","requestId":"R-1","authorizationId":"A-1"}',
    ),
}


def documented() -> set[str]:
    """Return every operation of every API."""
    return {
        f"{value.api}.{value.operation_id}"
        for module in OPERATIONS
        for value in vars(module).values()
        if isinstance(value, Operation)
    }


def test_no_operation_is_left_out() -> None:
    """Whoever adds an operation adds its bytes here."""
    assert {name.split(" ")[0] for name in CASES} == documented()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_call_holds_the_exact_request(case: Case) -> None:
    """Path, query, headers and body are those that the provider documents, and no more."""
    call = case.module.call(*case.ids, **case.arguments())

    target = f"{call.path}?{call.query}" if call.query else call.path
    headers = {"Accept": case.accept}
    if case.content_type:
        headers["Content-Type"] = case.content_type
    assert f"{call.operation.method} {target}" == case.line
    assert call.content == case.content
    assert dict(call.headers) == headers
    assert len(call.headers) == len(headers)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_request_arrives_as_it_was_built(case: Case, provider: Provider) -> None:
    """No layer between the call and the socket adds, drops or rewrites anything of it."""
    method, target = case.line.split(" ")

    with AuthenticatedClient(provider.url, token="t0ken") as client:
        case.module.sync_detailed(*case.ids, client=client, **case.arguments())

    (request,) = provider.received
    assert (request.method, request.target) == (method, f"/base/v1{target}")
    assert request.body == (case.content or b"")
    assert request.headers["Accept"] == case.accept
    assert request.headers.get("Content-Type") == case.content_type
    assert request.headers["Authorization"] == "Bearer t0ken"


@pytest.mark.parametrize("bad", ["", ".", ".."])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_id_cannot_address_another_resource(case: Case, bad: str) -> None:
    """An empty id or a dot segment would cancel something else, or everything; it is refused."""
    for position in range(len(case.ids)):
        ids = [bad if index == position else value for index, value in enumerate(case.ids)]
        with pytest.raises(ValueError, match="must not be empty"):
            case.module.call(*ids, **case.arguments())


@pytest.mark.parametrize(
    ("raw", "encoded"),
    [
        ("a/../b", "a%2F..%2Fb"),
        ("...", "..."),
        ("%2e%2e", "%252e%252e"),
        ("x?y=1#z", "x%3Fy%3D1%23z"),
        ("a\r\nHost: b", "a%0D%0AHost%3A%20b"),
        ("\0", "%00"),
        ("é😀", "%C3%A9%F0%9F%98%80"),
        ("{payment_id}", "%7Bpayment_id%7D"),
    ],
)
def test_every_other_id_stays_one_segment(raw: str, encoded: str, provider: Provider) -> None:
    """Every id stays inside its path segment, also in the bytes that are sent."""
    with AuthenticatedClient(provider.url, token="t0ken") as client:
        get_payment.sync_detailed(raw, client=client)

    assert provider.received[0].target == f"/base/v1/payments/{encoded}"


def test_an_id_that_is_no_text_is_refused() -> None:
    """A lone surrogate has no bytes, and is refused as a value error."""
    with pytest.raises(ValueError, match="surrogates"):
        get_payment.call("\ud800")


@pytest.mark.parametrize("body", [None, {"amount": "1.00"}, b"amount=1.00", "amount=1.00"])
def test_a_body_of_another_type_is_not_dropped(body: Any) -> None:
    """A dropped body would turn a partial cancel into a full one, so that it is an error."""
    with pytest.raises(TypeError, match="documented type"):
        cancel_payment.call("s-pay-1", body=body)
    with pytest.raises(TypeError, match="documented type"):
        bento_cancel.call("o-1", "t-1", body=body)


@pytest.mark.parametrize("amount", [None, ["1.00"], {"value": "1.00"}])
def test_a_form_refuses_what_it_cannot_express(amount: Any) -> None:
    """An amount that a form has no spelling for is an error, and no missing field."""
    with pytest.raises(TypeError, match="amount"):
        cancel_payment.call("s-pay-1", body=CancellationForm(amount=amount))


@pytest.mark.parametrize("amount", [float("nan"), float("inf")])
def test_json_refuses_numbers_that_it_does_not_have(amount: Any) -> None:
    """NaN and the infinities are no JSON, whatever Python writes for them."""
    with pytest.raises(ValueError, match="JSON"):
        bento_cancel.call("o-1", "t-1", body=CancelRequest(refund_amount=amount))


def test_a_header_parameter_is_sent_only_where_it_is_given(provider: Provider) -> None:
    """Optional header parameters add nothing when absent, and their own header when present."""
    with AuthenticatedClient(provider.url, token="t0ken") as client:
        get_payment.sync_detailed("p", client=client, accept_language="de")
        get_payment.sync_detailed("p", client=client)

    assert [request.headers.get("Accept-Language") for request in provider.received] == ["de", None]


def test_operations_carry_the_evidence_of_their_specification() -> None:
    """Null as a value differs from no value, a status is text, and a list can be hashed."""
    vtex = vtex_operations.CANCEL_PAYMENT.evidence
    unzer = unzer_operations.CANCEL_PAYMENT.evidence

    assert [(sign.status, sign.pointer) for sign in vtex.executed] == [("any", "/cancellationId")]
    assert bento_operations.CANCEL_TRANSACTION.evidence.executed[0].type == "object"
    assert vtex.not_executed[0] == Sign("2XX", "/cancellationId", equals=None)
    assert vtex.executed[0].equals is UNSET
    assert vtex.undecided[0].status == "409"
    assert vtex.echoes[0] == Echo("/paymentId", Place("body", "paymentId"), required=True)
    assert vtex.state == frozenset()
    assert pay_operations.CANCEL_TRANSACTION.evidence.executed == (Sign("204"),)
    assert Words("/errors", pattern="[^ ]", status="2XX") in unzer.undecided
    states = bento_operations.CANCEL_TRANSACTION.evidence.undecided[0].values
    assert states[:2] == ("AuthVoided", "Refunded")
    assert unzer.not_executed == unzer_operations.GET_PAYMENT.evidence.not_executed
    assert "API.340.100.014" in unzer.state
    pace = pay_operations.CANCEL_TRANSACTION, fueling_operations.CANCEL_TRANSACTION
    assert len({operation.evidence for operation in pace}) == 1


def test_operations_say_what_an_absent_amount_cancels() -> None:
    """Only a cancel has money, and one without an amount has no unit."""
    assert unzer_operations.CANCEL_PAYMENT.money == Money("/amount", "main", "everything")
    assert fueling_operations.CANCEL_TRANSACTION.money == Money(None, None, "none")
    everything = [value for module in OPERATIONS for value in vars(module).values()]
    operations = [value for value in everything if isinstance(value, Operation)]
    assert {each.effect for each in operations if each.money is None} == {"read"}
    assert {each.effect for each in operations if each.money} == {"cancel"}


def test_operations_carry_the_facts_of_their_specification() -> None:
    """What x-countermand says of an operation is there at run time, with servers and responses."""
    cancel = unzer_operations.CANCEL_PAYMENT
    key = vtex_operations.CANCEL_PAYMENT.key

    assert cancel.repeat == Repeat("again", "unknown", full=Repeat("none", "unknown"))
    assert cancel.marker == Place("body", "paymentReference")
    assert cancel.read_back == ("getPayment", "getPaymentCancellation")
    assert key == IdempotencyKey("body", "requestId", lifetime=86400)
    assert fueling_operations.CANCEL_TRANSACTION.read_back == ("pace-pay#getTransaction",)
    assert pay_operations.GET_TRANSACTION.effect == "read"
    assert pay_operations.CANCEL_TRANSACTION.media_types(204) == ()
    assert pay_operations.CANCEL_TRANSACTION.media_types(404) == (JSON_API,)
    assert pay_operations.CANCEL_TRANSACTION.media_types(520) is None
    assert unzer_operations.SERVERS[0] == "https://api.unzer.com/v1"
    assert {module.API for module in OPERATIONS} == {
        package.__name__.rsplit(".", 1)[-1]
        for package in (bento, pace_fueling, pace_pay, unzer, vtex)
    }


def test_a_range_of_statuses_covers_its_members() -> None:
    """Exact statuses go before ranges, ranges before the default."""
    operation = attrs.evolve(
        unzer_operations.GET_PAYMENT, responses={"404": (), "4XX": (JSON,), "default": (JSON_API,)}
    )

    assert operation.media_types(404) == ()
    assert operation.media_types(409) == (JSON,)
    assert operation.media_types(500) == (JSON_API,)
    assert operation.accept == f"{JSON}, {JSON_API}"
    assert attrs.evolve(operation, responses={"204": ()}).accept == "*/*"


def test_only_parseable_media_types_are_accepted() -> None:
    """PACE answers in plain text as soon as the Accept header is not exactly JSON:API."""
    operation = attrs.evolve(
        unzer_operations.GET_PAYMENT,
        responses={"401": ("text/plain", JSON_API), "403": (JSON_API,)},
    )

    assert operation.accept == JSON_API
    assert pace_pay_operations.CANCEL_TRANSACTION.accept == JSON_API


def test_calls_compare_by_what_they_send() -> None:
    """Equal requests are equal values with equal hashes; another amount makes another call."""
    first, same, other = (
        cancel_payment.call("p", body=CancellationRequest(amount=amount))
        for amount in ("1.00", "1.00", "2.00")
    )

    assert first == same
    assert hash(first) == hash(same)
    assert first != other
    assert json.loads(first.content or b"") == {"amount": "1.00"}
    assert "1.00" not in repr(first)
