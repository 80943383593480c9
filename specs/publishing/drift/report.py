"""What the judges say, as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specs.publishing.drift.unseen import reason, stale, unseen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specs.publishing.drift.described import Description
    from specs.publishing.drift.judge import Judgement


def lines(
    descriptions: Mapping[str, Description],
    judgement: Judgement,
    second: Mapping[str, list[str]],
    *,
    complete: bool,
) -> tuple[list[str], bool]:
    """The report, and whether anything is wrong; `complete` also counts what was not seen."""
    missing = unseen(descriptions, judgement.seen)
    unexplained = [response for response in missing if not reason(response)]
    wrongly_excused = stale(judgement.seen)
    found = [
        f"  {count:>4} x {f.api} {f.operation} {f.status}, {f.where}: {f.words}"
        for f, count in sorted(judgement.findings.items())
    ]
    also = [f"  {api}: {words}" for api, all_words in second.items() for words in all_words]
    text = [
        f"{judgement.entries} exchanges, {judgement.outside} of them at addresses that no API has",
        "",
        *_table(descriptions, judgement),
        "",
        f"seen and not described: {len(found)}",
        *found,
        f"the same by Redocly: {len(also)}",
        *also,
        f"described and not seen: {len(missing)}",
        *_reasons(missing),
    ]
    text += [f"  {' '.join(item)}: seen, so there is no excuse" for item in wrongly_excused]
    gaps = complete and bool(unexplained)
    return text, bool(found or also or wrongly_excused or gaps)


def _reasons(missing: list[tuple[str, str, str]]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for response in missing:
        by_reason.setdefault(reason(response), []).append(" ".join(response))
    unexplained = [f"  {name}: WHY NOT?" for name in by_reason.pop("", [])]
    explained = [f"  {len(names)}: {why}" for why, names in by_reason.items()]
    return [*unexplained, *explained]


def _table(descriptions: Mapping[str, Description], judgement: Judgement) -> list[str]:
    rows = [("API", "operation", "seen", "not seen")]
    for api, description in descriptions.items():
        for operation in description.operations:
            statuses = list(operation.responses)
            seen = [s for s in statuses if (api, operation.name, s) in judgement.seen]
            rest = [s for s in statuses if s not in seen]
            rows.append((api, operation.name, " ".join(seen), " ".join(rest) or "-"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
