# Generated from specs/pace-pay.yaml by openapi-python-client 0.29.1. Do not edit; run: nox -s generate
"""Contains all the data models used in inputs/outputs"""

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
