"""The rules that every observation must satisfy. Pure."""

from collections.abc import Iterator

from tests.conformance.cases import Call, Observation

LATENESS = 1.1
"""What a call may take of its deadline, and nothing more: a busy machine is to be allowed for by
deadlines of which a tenth is enough."""

NEVER_SENDS = frozenset({"KeyConflict", "CancellationInProgress", "InvalidCancellation"})


def violations(seen: Observation) -> tuple[str, ...]:
    """Describe the violated rules of an observation; empty if there are none."""
    found = [*seen.problems, *doubles(seen)]
    for number, call in enumerate(seen.calls):
        found.extend(f"{call.what}: {text}" for text in _of_call(call, seen, number))
    return tuple(f"{seen.label}: {text}" for text in found)


def doubles(seen: Observation) -> tuple[str, ...]:
    """Describe executions that nobody intended; empty if there are none."""
    if seen.executions > seen.intended:
        return (f"executed {seen.executions} times, intended {seen.intended}",)
    return tuple(_twice(seen))


def wrong_verdicts(seen: Observation) -> tuple[str, ...]:
    """Describe the verdicts that are false, or not those of the documents."""
    return tuple(
        f"{call.what}: {text}"
        for number, call in enumerate(seen.calls)
        for text in _of_verdict(call, seen, number)
    )


def _twice(seen: Observation) -> Iterator[str]:
    """Where several keys were meant to be executed, one of them more than once."""
    last = {call.key: number for number, call in enumerate(seen.calls)}
    for number in last.values():
        call = seen.calls[number]
        times = _own(seen, number, call.until)
        if seen.intended == len(last) and times > 1:
            yield f"{call.what}: one key executed {times} times"


def _of_verdict(call: Call, seen: Observation, number: int) -> Iterator[str]:
    if call.verdict not in call.allowed:
        yield f"{call.verdict}, allowed {' or '.join(sorted(call.allowed))}"
    if call.trusted:
        return
    if call.verdict == "Receipt" and not _proven(call, seen, number):
        yield "a receipt for what was not executed"
    if call.refused and _own(seen, number, call.until) > 0:
        yield f"{call.verdict} for what was executed"


def _of_call(call: Call, seen: Observation, number: int) -> Iterator[str]:
    # What was accepted may be looked at, and stays what the ledger says.
    asked = call.requests + (0 if call.outcome == "accepted" else call.reads)
    yield from _of_verdict(call, seen, number)
    sent = bool(asked) and not call.accompanied
    if call.verdict in NEVER_SENDS and sent:
        yield f"{call.verdict} after {asked} requests"
    if call.evidence == "ledger" and sent:
        yield f"answered from the ledger after {asked} requests"
    if call.elapsed > call.deadline * LATENESS:
        yield f"{call.elapsed:.2f} s under a deadline of {call.deadline:.2f} s"
    yield from _of_record(call, seen, number)


def _of_record(call: Call, seen: Observation, number: int) -> Iterator[str]:
    if call.in_ledger is None or call.ledger_failed:
        return
    if call.unknown and not call.in_ledger and not (call.interrupted and _closed(seen, number)):
        yield "unknown, and the ledger has lost it"
    if (call.verdict == "Receipt" or call.refused) and call.in_ledger:
        yield f"{call.verdict}, and still open in the ledger"


def _closed(seen: Observation, number: int) -> bool:
    """Whether it was interrupted after its receipt was recorded, so that it is open no more."""
    call = seen.calls[number]
    return bool(call.recorded) and _own(seen, number, call.until) > 0


def _own(seen: Observation, number: int, total: int) -> int:
    """How many of the executions belong to a call's key: all that no other key's calls made."""
    key = seen.calls[number].key
    others = [each for each in seen.calls[:number] if each.key != key]
    return total - sum(each.until - each.before for each in others)


def _proven(call: Call, seen: Observation, number: int) -> bool:
    """Executed under this key; or otherwise, where the provider says so or repeats are alike.

    What is accepted where nothing is finished at once needs no more than a request.
    """
    if seen.unfinished and call.outcome == "accepted":
        return any(each.key == call.key and each.requests for each in seen.calls[: number + 1])
    if _own(seen, number, call.returned) > 0:
        return True
    alike = call.outcome == "already cancelled" or seen.api.startswith("pace")
    return bool(seen.others or call.returned) and alike
