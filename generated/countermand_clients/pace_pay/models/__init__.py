# Generated from specs/pace-pay.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .error_document import ErrorDocument
    from .problem import Problem
    from .problem_links import ProblemLinks
    from .problem_meta import ProblemMeta
    from .problem_source import ProblemSource
    from .transaction import Transaction
    from .transaction_attributes import TransactionAttributes
    from .transaction_document import TransactionDocument
    from .update_mode import UpdateMode

__all__ = (
    "ErrorDocument",
    "Problem",
    "ProblemLinks",
    "ProblemMeta",
    "ProblemSource",
    "Transaction",
    "TransactionAttributes",
    "TransactionDocument",
    "UpdateMode",
)

_MODULES = {
    "ErrorDocument": ".error_document",
    "Problem": ".problem",
    "ProblemLinks": ".problem_links",
    "ProblemMeta": ".problem_meta",
    "ProblemSource": ".problem_source",
    "Transaction": ".transaction",
    "TransactionAttributes": ".transaction_attributes",
    "TransactionDocument": ".transaction_document",
    "UpdateMode": ".update_mode",
}


def __getattr__(name: str) -> object:
    # Building a model's class is slow, so each is built when it is first used.
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
