"""Teaches Schemathesis the one rule of VTEX's protocol that no schema can state.

The id in the path and the one in the body must agree; specs/vtex.yaml says so in words. Requests
that are meant to be wrong are left as they are.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import schemathesis


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: Any
) -> None:
    """Give a right request's body the id of its path."""
    right = case.meta is None or case.meta.generation.mode == schemathesis.GenerationMode.POSITIVE
    if right and isinstance(case.body, dict) and "paymentId" in case.path_parameters:
        # What stands there is encoded already.
        case.body["paymentId"] = unquote(case.path_parameters["paymentId"])
