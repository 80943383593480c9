"""Long runs of `countermand bulk`: memory and CPU at 100,000 rows, and a thousand kills.

`nox -s bulk`; it is no part of what runs before every change.
"""
