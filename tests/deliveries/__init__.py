"""Many cancels as tasks of Celery workers, one of which is killed every few seconds.

`nox -s celery`; it is no part of what runs before every change.
"""
