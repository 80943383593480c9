"""Unzer: the HTTP status is not the verdict."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pytest
from countermand_clients.unzer.api.payments import (
    cancel_payment,
    get_authorization,
    get_authorization_cancellation,
    get_payment,
    get_payment_cancellation,
)
from countermand_clients.unzer.models.cancellation_form import CancellationForm

from countermand import FULL, unzer
from countermand.provider._verdicts import Done, MaybeExecuted, Refused
from tests.support.samples import KEY, UNZER_FULL, example, interpreted, reply, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from countermand_clients.operation import Call

OK: Final = {"id": "s-cnl-1", "isSuccess": True, "isPending": False, "isError": False}
PRINTED: Final = [
    "unzer.cancelPayment.200.cancelled.json",
    "unzer.cancelAuthorization.200.cancelled.json",
]
CODES: Final = {
    "API.340.100.014": "refused: Declined",
    "API.340.100.015": "refused: Declined",
    "API.340.100.018": "refused: AlreadyCaptured",
    "API.340.000.004": "refused: Declined",
    "API.340.100.024": "refused: Declined",
    "API.340.200.130": "refused: Declined",
    "API.310.100.003": "refused: NotFound",
    "API.320.200.138": "refused: Declined",
    "API.320.200.145": "refused: Forbidden",
    "API.710.000.002": "token rejected",
    "API.710.000.005": "refused: Forbidden",
    "API.710.000.007": "token rejected",
    "API.710.200.100": "refused: Declined",
    "API.340.100.017": "refused: Declined",
    "API.500.300.999": "refused: Declined",
    "API.999.999.998": "refused: Declined",
}
"""What each code means for a partial cancel."""


READS: Final[list[Call[Any]]] = [
    get_payment.call("s-pay-1"),
    get_authorization.call("s-pay-1", "s-aut-1"),
    get_payment_cancellation.call("s-pay-1", "s-cnl-1"),
    get_authorization_cancellation.call("s-pay-1", "s-aut-1", "s-cnl-1"),
]


def error(code: object, **fields: object) -> dict[str, Any]:
    """An error body."""
    entry = {"code": code, "merchantMessage": "for you", "customerMessage": "for them", **fields}
    return {"id": "s-err-1", "isSuccess": False, "isError": True, "errors": [entry]}


@pytest.mark.parametrize("name", PRINTED)
@pytest.mark.parametrize("status", [200, 201])
def test_the_printed_answer_says_cancelled(name: str, status: int) -> None:
    """The source's own example, under both statuses that the official SDKs take for success."""
    verdict = interpreted("unzer", reply(status, example(name)))
    assert isinstance(verdict, Done)
    assert short(verdict) == "done: cancelled"
    assert verdict.reference == "s-cnl-1"
    assert verdict.amount == Decimal("50.0000")
    assert verdict.response.processing.unique_id == "31HA07BC81AB33BC5F44A2659D5E80FC"


@pytest.mark.parametrize(("code", "verdict"), CODES.items())
def test_each_code_has_its_meaning_with_and_without_an_http_error(code: str, verdict: str) -> None:
    """Error responses do not always have an HTTP error status, say the official SDKs."""
    for status in (200, 201, 400, 409):
        assert short(interpreted("unzer", reply(status, error(code)))) == verdict, status


UNDECIDED: Final = [
    "API.000.000.999",
    "API.340.000.009",
    "COR.900.100.300",
    "COR.900.100.301",
    "COR.900.100.400",
    "COR.900.100.500",
    "COR.900.100.600",
]


def undecided_bodies(code: str) -> Iterator[dict[str, Any]]:
    """Every place in which a code may stand."""
    yield error(code)
    yield {"errors": [{"code": "API.340.100.018"}, {"code": code}]}
    yield {"errors": [{"code": code}, {"code": "API.340.100.018"}]}
    yield {"errors": [{"code": "API.340.100.018"}], "message": {"code": code}}
    yield {"isError": True, "message": {"code": code, "merchant": "no"}}
    yield {**OK, "message": {"code": code}}


@pytest.mark.parametrize("code", UNDECIDED)
@pytest.mark.parametrize("status", [200, 201, 400, 404, 409, 422])
def test_a_code_by_which_unzer_does_not_know_decides_nothing(code: str, status: int) -> None:
    """A core timeout, an acquirer that is down, a result that is uncertain: wherever it stands."""
    call = unzer.build_request(UNZER_FULL, KEY)
    for document in undecided_bodies(code):
        answer = reply(status, document)
        for verdict in (
            interpreted("unzer", answer),
            interpreted("unzer", answer, UNZER_FULL),
            unzer.interpret_reply(answer, call),
        ):
            assert isinstance(verdict, MaybeExecuted), document


@pytest.mark.parametrize("code", UNDECIDED)
@pytest.mark.parametrize("form", ["{}\n", " {}", "\t{} \r\n"])
def test_the_space_around_a_code_and_its_case_do_not_make_another_code(
    code: str, form: str
) -> None:
    """In doubt Unzer does not know."""
    for spelled in (form.format(code), form.format(code.lower())):
        for document in undecided_bodies(spelled):
            for status in (200, 400):
                verdict = interpreted("unzer", reply(status, document))
                assert isinstance(verdict, MaybeExecuted), document


def test_a_code_with_a_line_break_is_no_code_of_unzer_s() -> None:
    """The end of the form is the end of the text."""
    verdict = interpreted("unzer", reply(400, {"errors": [{"code": "API.340.100.018\n"}]}))
    assert isinstance(verdict, MaybeExecuted)


@pytest.mark.parametrize("name", ["pending", "processing", "successful"])
@pytest.mark.parametrize("flag", [True, "true"])
@pytest.mark.parametrize("status", [200, 400])
def test_an_entry_of_errors_that_is_not_over_decides_nothing(
    name: str, flag: object, status: int
) -> None:
    """Its status says that it may yet succeed, or that it did."""
    first = error("API.340.100.018", status={name: flag})
    second = {"errors": [{"code": "API.340.100.018"}, first["errors"][0]]}
    for document in (first, second):
        assert isinstance(interpreted("unzer", reply(status, document)), MaybeExecuted)
    over = error("API.340.100.018", status={name: False})
    assert short(interpreted("unzer", reply(status, over))) == "refused: AlreadyCaptured"


CONTRADICTIONS: Final[list[dict[str, Any]]] = [
    *({"status": {name: flag}} for name in ("pending", "successful") for flag in (1, 1.5, "yes")),
    *({"status": status} for status in ("pending", "SUCCESS", 1, True)),
    *({"status": {"isSuccess": flag}} for flag in (True, "TRUE", "1")),
    *({"isPending": flag} for flag in (True, " true ", 1, "1")),
]
HARMLESS: Final[list[dict[str, Any]]] = [
    *({"status": {"pending": flag}} for flag in (False, 0, "false", "FALSE", "0", "", " ", None)),
    *({"status": status} for status in (None, "", {}, [])),
    *({"isPending": flag} for flag in (False, 0, "false", "", None)),
]


@pytest.mark.parametrize("members", CONTRADICTIONS, ids=str)
def test_an_error_with_a_sign_of_success_decides_nothing(members: dict[str, Any]) -> None:
    """In whatever form the sign is written, and in any of the errors."""
    odd, plain = {"code": "API.340.100.018", **members}, {"code": "API.340.100.018"}
    for errors in ([odd], [plain, odd], {"0": odd}, {"0": plain, "1": odd}):
        for status in (200, 400):
            answer = reply(status, {"isError": True, "errors": errors})
            assert isinstance(interpreted("unzer", answer), MaybeExecuted), errors


@pytest.mark.parametrize("members", HARMLESS, ids=str)
def test_a_flag_that_is_not_set_is_no_sign(members: dict[str, Any]) -> None:
    """False, zero, null and the empty text."""
    document = {"errors": [{"code": "API.340.100.018", **members}]}
    for status in (200, 400):
        answer = reply(status, document)
        assert short(interpreted("unzer", answer)) == "refused: AlreadyCaptured"


@pytest.mark.parametrize("code", ["COR.000.000.000", "COR.000.100.112", "COR.000.200.000"])
def test_the_code_of_a_success_is_no_refusal(code: str) -> None:
    """Neither as an error nor beside `isError`; a success has it."""
    for document in (
        {"errors": [{"code": code}]},
        {"isError": True, "message": {"code": code}},
        {"errors": [{"code": "API.340.100.018"}], "message": {"code": code}},
    ):
        for status in (200, 400):
            assert isinstance(interpreted("unzer", reply(status, document)), MaybeExecuted)
    done = reply(200, {**OK, "message": {"code": code, "customer": "Done."}})
    assert short(interpreted("unzer", done)) == "done: cancelled"


@pytest.mark.parametrize(
    "members",
    [
        {"errors": "COR.900.100.300"},
        {"errors": {"code": "COR.900.100.300"}},
        {"errors": ["COR.900.100.300"]},
        {"errors": [["COR.900.100.300"]]},
        {"errors": {"1": {"code": "API.340.000.009"}}},
        {"message": "COR.900.100.300"},
        {"errors": "Declined"},
        {"errors": ["Declined"]},
    ],
    ids=str,
)
def test_a_text_where_unzer_writes_objects_decides_nothing(members: dict[str, Any]) -> None:
    """Beside `isError` it may say anything, so it is not taken for a refusal."""
    verdict = interpreted("unzer", reply(200, {"isError": True, **members}))
    assert isinstance(verdict, MaybeExecuted)


@pytest.mark.parametrize("flag", [1, "yes", " true"])
def test_a_flag_counts_as_set_in_any_form_where_it_contradicts(flag: object) -> None:
    """But only `true` is a sign of success."""
    refusal = {"errors": [{"code": "API.340.100.018"}]}
    for document in ({**OK, "isError": flag}, {**refusal, "isSuccess": flag}, {"isSuccess": flag}):
        assert isinstance(interpreted("unzer", reply(200, document)), MaybeExecuted)


@pytest.mark.parametrize("flag", ["isSuccess", "isPending", "isResumed"])
@pytest.mark.parametrize("status", [200, 201, 400, 409])
def test_a_refusal_with_a_flag_of_success_proves_nothing(flag: str, status: int) -> None:
    """Under whatever status; a false flag is none."""
    refused = error("API.340.100.018")
    both = interpreted("unzer", reply(status, {**refused, flag: True}))
    assert isinstance(both, MaybeExecuted)
    alone = interpreted("unzer", reply(status, {**refused, flag: False}))
    assert short(alone) == "refused: AlreadyCaptured"


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (error("API.310.100.003"), "refused: NotFound"),
        (error("API.710.000.002"), "token rejected"),
        (error("API.000.000.999"), "maybe executed"),
        ({**error("API.310.100.003"), "isSuccess": True}, "maybe executed"),
        ({"errors": [{"code": "x"}]}, "maybe executed"),
    ],
)
def test_a_read_is_refused_by_its_errors(
    document: dict[str, Any], verdict: str, status: int
) -> None:
    """`execute` runs reads, too, and the HTTP status decides as little about them."""
    for call in READS:
        assert short(unzer.interpret_reply(reply(status, document), call)) == verdict


def test_a_read_with_any_other_error_is_declined() -> None:
    """In Unzer's words."""
    for call in READS:
        verdict = unzer.interpret_reply(reply(200, error("API.320.200.138")), call)
        assert isinstance(verdict, Refused)
        assert verdict.message == "declined: API.320.200.138: for you"


def test_a_read_without_errors_has_its_answer() -> None:
    """The flags of a stored cancel are what was read, not what became of the read."""
    failed = {"id": "s-cnl-1", "isSuccess": False, "isError": True, "isPending": False}
    for call in READS:
        assert isinstance(unzer.interpret_reply(reply(200, failed), call), Done)


STATE: Final = {
    "API.310.100.003",
    "API.340.000.004",
    "API.340.100.014",
    "API.340.100.015",
    "API.340.100.017",
    "API.340.100.018",
}


@pytest.mark.parametrize("code", CODES)
def test_a_refusal_speaks_of_the_payment_by_its_code(code: str) -> None:
    """Not by its status: Unzer answers 404 for a path, too, and a gateway may change it."""
    for status in (200, 400, 401, 404, 429):
        verdict = interpreted("unzer", reply(status, error(code)))
        assert getattr(verdict, "about_payment", False) is (code in STATE), status


@pytest.mark.parametrize("code", ["x", "API.1", "API.340.100", "api.340.100.018", 340100018, None])
def test_a_code_of_another_form_is_not_unzer_s(code: object) -> None:
    """It may be a gateway's."""
    assert short(interpreted("unzer", reply(400, {"errors": [{"code": code}]}))) == "maybe executed"


@pytest.mark.parametrize("status", [200, 201, 400, 403, 404, 409])
def test_only_014_and_only_for_a_full_cancel_means_already_cancelled(status: int) -> None:
    """For a partial cancel it says nothing of this part; .018 means charged."""
    full = {
        code: short(interpreted("unzer", reply(status, error(code)), UNZER_FULL)) for code in CODES
    }
    assert full.pop("API.340.100.014") == "done: already cancelled"
    assert not [code for code, verdict in full.items() if verdict.startswith("done")]
    partial = interpreted("unzer", reply(status, error("API.340.100.014")))
    assert short(partial) == "refused: Declined"


@pytest.mark.parametrize(
    "entries",
    [
        [{"code": "API.340.100.014"}, {"code": "API.340.100.018"}],
        [{"code": "API.340.100.018"}, {"code": "API.340.100.014"}],
    ],
    ids=["014 first", "018 first"],
)
def test_two_codes_that_contradict_each_other_are_no_success(entries: list[object]) -> None:
    """Cancelled and charged at once: it must not be booked as cancelled, whichever is true."""
    verdict = interpreted("unzer", reply(400, {"errors": entries}), UNZER_FULL)
    assert not isinstance(verdict, Done)


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [
        ((True, False, False), "done: cancelled"),
        (("true", "false", "false"), "done: cancelled"),
        (("True", "", None), "done: cancelled"),
        ((False, True, False), "done: accepted"),
        (("false", "true", "false"), "done: accepted"),
        ((False, False, True), "refused: Declined"),
        (("false", "false", "TRUE"), "refused: Declined"),
        ((False, False, False), "maybe executed"),
        ((True, True, False), "maybe executed"),
        ((True, False, True), "maybe executed"),
        ((True, True, True), "maybe executed"),
        (("yes", "no", "no"), "maybe executed"),
        ((1, 0, 0), "maybe executed"),
        ((None, None, None), "maybe executed"),
        (([], {}, [True]), "maybe executed"),
    ],
    ids=str,
)
def test_exactly_one_flag_decides(flags: tuple[Any, Any, Any], verdict: str) -> None:
    """Unzer's table says text, its example boolean; numbers and contradictions say nothing."""
    names = ("isSuccess", "isPending", "isError")
    document = {"id": "s-cnl-1", **dict(zip(names, flags, strict=True))}
    assert short(interpreted("unzer", reply(200, document))) == verdict


@pytest.mark.parametrize("document", [{"isResumed": True}, {"message": {}}, {"id": "s-cnl-1"}])
def test_a_200_without_a_flag_is_maybe_executed(document: object) -> None:
    """`isResumed` is a fourth state of newer texts, and no success."""
    assert short(interpreted("unzer", reply(200, document))) == "maybe executed"


@pytest.mark.parametrize("errors", ["x", {"code": "x"}, [1], [[]], [{}], 7, True], ids=str)
def test_isSuccess_beside_errors_of_any_shape_is_no_success(errors: object) -> None:  # noqa: N802
    """Success needs the absence of errors, not their readability."""
    verdict = interpreted("unzer", reply(200, {**OK, "errors": errors}))
    assert not isinstance(verdict, Done)


@pytest.mark.parametrize("errors", [[], None], ids=str)
def test_an_empty_list_of_errors_is_no_error(errors: object) -> None:
    """A serialiser that writes every field writes an empty list too."""
    assert short(interpreted("unzer", reply(200, {**OK, "errors": errors}))) == "done: cancelled"


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("50.0000", Decimal("50.0000")),
        (50, Decimal(50)),
        (49.99, Decimal("49.99")),
        (None, Decimal("10.00")),
        ("", Decimal("10.00")),
        ("a lot", Decimal("10.00")),
        ("NaN", Decimal("10.00")),
        ("sNaN", Decimal("10.00")),
        ("Infinity", Decimal("10.00")),
        (True, Decimal("10.00")),
        ([], Decimal("10.00")),
        ("\ud800", Decimal("10.00")),
        ("1E" + "9" * 40, Decimal("10.00")),
    ],
    ids=repr,
)
def test_the_amount_is_unzer_s_own_or_else_what_was_asked(said: object, amount: Decimal) -> None:
    """Text with four decimals, in newer texts a number; nothing else is accepted."""
    verdict = interpreted("unzer", reply(200, {**OK, "amount": said}))
    assert isinstance(verdict, Done)
    assert verdict.amount == amount


def test_a_declined_body_gives_code_and_message() -> None:
    """IsError with a message is how older answers decline."""
    message = {"code": "COR.100.400.100", "merchant": "for you", "customer": "for them"}
    verdict = interpreted("unzer", reply(200, {"isError": True, "message": message}))
    assert isinstance(verdict, Refused)
    assert verdict.error_fields == {"code": "COR.100.400.100", "reason": "for you"}


def test_a_body_without_a_merchant_message_gives_the_customer_s() -> None:
    """MerchantMessage is missing when a public key was used."""
    verdict = interpreted("unzer", reply(200, error("API.320.200.138", merchantMessage=None)))
    assert isinstance(verdict, Refused)
    assert verdict.error_fields["reason"] == "for them"


def test_the_authorization_route_is_interpreted_like_the_payment_route() -> None:
    """Two paths, one answer."""
    asked = unzer.Cancellation("s-pay-1", "s-aut-1", amount=FULL)
    verdict = interpreted("unzer", reply(201, OK), asked)
    assert isinstance(verdict, Done)
    assert verdict.amount is FULL


@pytest.mark.parametrize(
    ("reference", "verdict"), [("order-1", "done: cancelled"), ("order-2", "maybe executed")]
)
def test_a_form_is_compared_with_its_reply_as_well(reference: str, verdict: str) -> None:
    """Unzer takes forms; `execute` may send one."""
    form = CancellationForm(amount="1.00", payment_reference="order-1")
    call = cancel_payment.call("s-pay-1", body=form)
    answer = reply(200, {**OK, "paymentReference": reference})
    assert short(unzer.interpret_reply(answer, call)) == verdict
