"""What may never be seen, whatever went wrong. Pure: a judge looks at observations only."""

from collections.abc import Iterator

from tests.conformance.cases import Call, Observation

SCHEDULING = 0.15
"""Seconds that a busy machine may take from a thread that is due."""

NEVER_SENDS = frozenset({"KeyConflict", "CancellationInProgress", "InvalidCancellation"})


def violations(seen: Observation) -> tuple[str, ...]:
    """Everything that is wrong with a play, in words; nothing where all is well."""
    found = [*seen.problems]
    if seen.executions > seen.intended:
        found.append(f"executed {seen.executions} times, intended {seen.intended}")
    for call in seen.calls:
        found.extend(f"{call.what}: {words}" for words in _of_call(call, seen))
    return tuple(f"{seen.label}: {words}" for words in found)


def _of_call(call: Call, seen: Observation) -> Iterator[str]:
    if call.verdict not in call.allowed:
        yield f"{call.verdict}, allowed {' or '.join(sorted(call.allowed))}"
    if call.verdict == "Receipt" and not _proven(call, seen):
        yield "a receipt for what was not executed"
    if call.refused and call.until > call.before:
        yield f"{call.verdict} for what was executed"
    if call.verdict in NEVER_SENDS and call.requests:
        yield f"{call.verdict} after {call.requests} requests"
    if call.evidence == "ledger" and call.requests:
        yield f"answered from the ledger after {call.requests} requests"
    if call.elapsed > call.deadline * 1.1 + SCHEDULING:
        yield f"{call.elapsed:.2f} s under a deadline of {call.deadline:.2f} s"
    yield from _of_record(call)


def _of_record(call: Call) -> Iterator[str]:
    if call.in_ledger is None or call.ledger_failed:
        return
    if call.unknown and not call.in_ledger and not call.interrupted:
        yield "unknown, and the ledger has lost it"
    if (call.verdict == "Receipt" or call.refused) and call.in_ledger:
        yield f"{call.verdict}, and still open in the ledger"


def _proven(call: Call, seen: Observation) -> bool:
    """Executed by us; or by others, where the provider says so or repeats are all alike."""
    if call.returned:
        return True
    alike = call.outcome == "already cancelled" or seen.api.startswith("pace")
    return bool(seen.others) and alike
