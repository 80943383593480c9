"""Many cancels with lost, late and failing outcomes, and two processes that reconcile them.

`nox -s soak`; it is no part of what runs before every change.
"""
