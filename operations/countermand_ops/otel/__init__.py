"""OpenTelemetry: spans and metrics of a client's calls.

    from countermand_ops import otel

    client = Client(account, ledger=ledger, on_event=otel.listener(ledger))

It uses OpenTelemetry's API alone (the extra `otel`). The application chooses the SDK and where to
send what it collects; without an SDK nothing is collected. docs/telemetry.md lists every name, and
alert rules. No credential is in a span or in a metric.
"""

from countermand._extras import extra

with extra("otel", __name__):
    from countermand_ops.otel._listener import listener

__all__ = ["listener"]
