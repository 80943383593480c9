"""What a cancel costs, as ratios to other clients in the same run: `nox -s bench`.

`drivers/` holds one script per client, run in a process of its own; they import nothing from here.
`server` answers them from another core, `relay` delays their bytes. `processes` and `rounds` run
them in turns; `ratios`, `figures` and `table` are pure. docs/performance.md has the method.
"""
