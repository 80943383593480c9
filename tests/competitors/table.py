"""The table: Markdown, one row for each provider and scenario, one column for each client."""

from collections.abc import Mapping, Sequence

from tests.competitors.judging import Measured
from tests.competitors.scenarios import CALL_TIMEOUT, OUTAGE

LEGEND = f"""\
Each cell: how often the provider executed one cancel, and whether what the client said was right.
Right is `ok` for what was executed once and proven, and an error where nothing was executed or the
error says that it may have been. An error that stands for "sent, but the answer did not come" by
its class, or that carries a 2xx status, is taken to say so; "forgiving 5xx" takes one with a 5xx
status to say so too. "left open" is right as well, and leaves it to the caller to find out.
"astray" are requests to another origin or, for an id that is `..`, to another resource.
"silent" is a client without a result after {CALL_TIMEOUT:.0f} s, each attempt with a timeout of its
own; it is no wrong verdict, but none at all, and what countermand's deadline of 8 s prevents.
"called again" is the caller's doing: with the same key where the client takes one, and VTEX's
`requestId` stays; where it says "unless in doubt", without a key, and only after an error that does
not say that the cancel may have been executed. "n/a" was not measured: see below."""

MISSING = "n/a"

Row = tuple[str, str]
"""Provider and scenario."""

Cells = Mapping[tuple[Row, str], Measured]
"""By row and client."""


def cell(measured: Measured | None) -> str:
    """What one cell shows."""
    if measured is None:
        return MISSING
    verdict = "**wrong**" if measured.complaint else "right"
    verdict = "**silent**" if measured.mute else verdict
    astray = f" ({measured.strays} astray)" if measured.strays else ""
    return f"{measured.executions} {verdict}{astray}"


def markdown(rows: Sequence[Row], clients: Sequence[str], cells: Cells) -> str:
    """The table, with six lines of sums at its end."""
    lines = [
        ("provider", "what goes wrong", *clients),
        ("---", "---", *("---" for _ in clients)),
        *((*row, *(cell(cells.get((row, client))) for client in clients)) for row in rows),
        ("all", "executed twice or more", *(twice(client, cells) for client in clients)),
        ("all", "wrong verdicts", *(wrong(client, cells) for client in clients)),
        ("all", "wrong, forgiving 5xx", *(unforgiven(client, cells) for client in clients)),
        ("all", "silent", *(silent(client, cells) for client in clients)),
        ("all", "executed once, left open", *(left_open(client, cells) for client in clients)),
        ("all", "requests per call in an outage", *(load(client, cells) for client in clients)),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def of(client: str, cells: Cells) -> list[Measured]:
    """Everything that was measured of one client."""
    return [measured for (_, name), measured in cells.items() if name == client]


def twice(client: str, cells: Cells) -> str:
    """How many cancels of a client were executed more than once, of how many."""
    found = of(client, cells)
    return _share(sum(measured.executions > 1 for measured in found), len(found))


def wrong(client: str, cells: Cells) -> str:
    """How many verdicts of a client were wrong, of how many."""
    found = of(client, cells)
    bad = [measured for measured in found if measured.complaint and not measured.mute]
    return _share(len(bad), len(found))


def silent(client: str, cells: Cells) -> str:
    """How often a client had said nothing when its time was over."""
    found = of(client, cells)
    return _share(sum(measured.mute for measured in found), len(found))


def load(client: str, cells: Cells) -> str:
    """How many requests a call sends to a provider that answers every one of them with 503."""
    found = [cells[place].requests for place in cells if place == ((place[0][0], OUTAGE), client)]
    return f"{sum(found) / len(found):.1f}" if found else MISSING


def unforgiven(client: str, cells: Cells) -> str:
    """How many verdicts were wrong even for people who read "may have been" into every 5xx."""
    found = of(client, cells)
    bad = [
        measured
        for measured in found
        if measured.complaint and not (measured.mute or measured.forgivable)
    ]
    return _share(len(bad), len(found))


def left_open(client: str, cells: Cells) -> str:
    """How many cancels were executed, and the client could say no more than that they may be."""
    found = of(client, cells)
    vague = [
        measured
        for measured in found
        if not measured.complaint and measured.executions and measured.said.verdict == "error"
    ]
    return _share(len(vague), len(found))


def unfit(client: str, cells: Cells) -> list[str]:
    """The providers at which a client failed though nothing went wrong: its driver is at fault."""
    return [
        row[0]
        for (row, name), measured in cells.items()
        if name == client and measured.control and measured.complaint
    ]


def complaints(client: str, cells: Cells) -> list[str]:
    """What is wrong with a client, one line each."""
    return [
        f"{row[0]}, {row[1]}: {measured.complaint}"
        for (row, name), measured in cells.items()
        if name == client and measured.complaint
    ]


def details(cells: Cells) -> str:
    """The result of every client, one line each."""
    return "\n".join(
        f"{name}: {row[0]}, {row[1]}: {measured.said.verdict} {measured.said.kind}"
        f" maybe={measured.said.maybe} executions={measured.executions}"
        f" requests={measured.requests} strays={measured.strays} {measured.seconds:.1f} s"
        f" | {' '.join(measured.said.detail.split())[:120]}"
        for (row, name), measured in cells.items()
    )


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else MISSING
