"""Many cancels as tasks of Celery workers. One of the workers is killed every few seconds.

`nox -s celery`; it is no part of what runs before every change.
"""
