"""The providers' own refusals: error documents that no gateway in front of them writes."""

import json
from typing import Any

from countermand import vtex
from countermand.sandbox import faults
from tests.conformance.stage import Stage

JSON = (("content-type", "application/json"),)
UNZER_CODES = {404: "API.310.100.003", 409: "API.340.100.018"}
"""No such payment, and a captured one; any other code speaks of no payment's state."""


def own_refusal(stage: Stage, status: int) -> faults.Answer:
    """The provider's error document with a status, sent instead of executing the request."""
    return faults.Answer(status, json.dumps(_document(stage, status)).encode(), JSON)


def _document(stage: Stage, status: int) -> dict[str, Any]:
    match stage.api:
        case "bento":
            return {"message": "refused", "causes": []}
        case "unzer":
            code = UNZER_CODES.get(status, "API.000.000.001")
            return {"isError": True, "errors": [{"code": code}]}
        case "vtex":
            return {**vtex_ids(stage), "cancellationId": None, "code": "refused"}
    return {"errors": [{"title": "refused", "status": str(status)}]}


def vtex_ids(stage: Stage) -> dict[str, str]:
    """The ids that VTEX's answers repeat."""
    return {"paymentId": stage.payment.payment_id, "requestId": vtex.request_id(stage.key)}
