"""Null in a reply: an optional value that is null reads as absent."""

import inspect
import re
from typing import Any

import attrs
import pytest
from countermand_clients.bento import models as bento
from countermand_clients.pace_fueling import models as pace_fueling
from countermand_clients.pace_pay import models as pace_pay
from countermand_clients.types import UNSET
from countermand_clients.unzer import models as unzer
from countermand_clients.vtex import models as vtex


def members(kind: Any) -> list[str]:
    """The names of a model's members in JSON."""
    return re.findall(r'd\.pop\("(\w+)"', inspect.getsource(kind.from_dict))


def all_optional(module: Any) -> list[Any]:
    """The models of an API that are read, and none of whose members is required."""
    return [
        kind
        for kind in (getattr(module, name) for name in module.__all__)
        if attrs.has(kind)
        and "additional_properties" in attrs.fields_dict(kind)
        and all(field.default is UNSET for field in attrs.fields(kind) if field.init)
    ]


@pytest.mark.parametrize("module", [bento, pace_fueling, pace_pay, unzer, vtex])
def test_null_for_every_optional_member_hides_no_reply(module: Any) -> None:
    """Servers write null where they mean nothing."""
    kinds = all_optional(module)
    assert kinds
    for kind in kinds:
        read = kind.from_dict({**dict.fromkeys(members(kind)), "further": 7})
        assert read.additional_properties == {"further": 7}, kind
        assert not any(value for name, value in read.to_dict().items() if name != "further")


def test_null_for_an_object_a_list_a_choice_or_an_enumeration_is_absent() -> None:
    """What stands beside it is kept."""
    nothing = ("state", "history", "status", "paymentMethod")
    read = bento.Transaction.from_dict({"orderId": "o-1", **dict.fromkeys(nothing)})
    assert read == bento.Transaction(order_id="o-1")
    assert read.to_dict() == {"orderId": "o-1"}
    result = unzer.Cancellation.from_dict({"isSuccess": True, "message": None, "resources": None})
    assert result.to_dict() == {"isSuccess": True}


def test_a_documented_null_stays_null() -> None:
    """VTEX's null says that the operation failed."""
    ids = {"paymentId": "p-1", "requestId": "r-1", "cancellationId": None, "message": None}
    read = vtex.CancelPaymentResponse.from_dict(ids)
    assert (read.cancellation_id, read.message) == (None, None)
    assert read.to_dict() == ids
