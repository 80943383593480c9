"""The absent value and the open enumerations: equality, copying and pickling."""

import copy
import pickle
from enum import StrEnum

import pytest
from countermand_clients.bento.models import StatusOutcome, TransactionState, TransactionStatus
from countermand_clients.bento.types import UNSET as BENTO_UNSET
from countermand_clients.types import UNSET, Unset
from countermand_clients.unzer.models import CancellationRequest, ReasonCode

COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copied_request_has_the_same_fields(way: str) -> None:
    """Copying a model puts no absent field into the document, and loses none that is there."""
    request = CancellationRequest(amount="1.00")

    assert COPIES[way](request).to_dict() == {"amount": "1.00"}
    assert COPIES[way](UNSET) is UNSET


def test_there_is_one_absent_value() -> None:
    """All APIs share it, it is false, and it says its name."""
    assert Unset() is UNSET
    assert BENTO_UNSET is UNSET
    assert not UNSET
    assert repr(UNSET) == "UNSET"


def test_a_documented_value_is_its_member() -> None:
    """Openness costs nothing where the provider keeps to its documentation."""
    state = TransactionState("AuthVoided")

    assert state is next(member for member in TransactionState if member == "AuthVoided")
    assert state.is_known


@pytest.mark.parametrize("way", COPIES)
def test_an_unknown_value_of_a_reply_is_kept(way: str) -> None:
    """A value that came later than this package is no error, and goes back out as it came in."""
    state = COPIES[way](TransactionState("AuthMelted"))

    assert isinstance(state, TransactionState)
    assert not state.is_known
    assert state.name == "UNKNOWN"
    assert state.value == str(state) == "AuthMelted"
    assert state == TransactionState("AuthMelted") == "AuthMelted"
    assert hash(state) == hash("AuthMelted")
    assert state != TransactionState("AuthVoided")
    assert state not in list(TransactionState)


def test_an_unknown_value_survives_a_model() -> None:
    """A status whose outcome is new is read, and written as it was."""
    document = {"code": "Brand-New", "outcome": "Perhaps"}

    status = TransactionStatus.from_dict(document)

    assert isinstance(status.outcome, StatusOutcome)
    assert status.to_dict() == document


def test_an_open_enumeration_takes_only_text() -> None:
    """A number where text belongs is a broken reply and no new value."""
    with pytest.raises(ValueError, match="7"):
        TransactionState(7)


def test_an_enumeration_of_a_request_is_closed() -> None:
    """A misspelt reason fails at the caller and not at the provider."""
    assert issubclass(ReasonCode, StrEnum)
    with pytest.raises(ValueError, match="RETURNED"):
        ReasonCode("RETURNED")
