"""Many cancels from a file: checked and planned first, then carried out. docs/bulk.md describes it.

`_source` reads a file, `_rows` checks it, `_planning` reads payments and writes a plan (`_plan`).
`_run` carries a plan out, one `_lane` for each provider; `_progress` keeps what came of each row,
and `_report` writes it in the form of the input.
"""
