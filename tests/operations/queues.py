"""What was sent to a queue in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from celery import Celery


def sent(app: Celery, queue: str = "celery") -> list[dict[str, Any]]:
    """The arguments of the tasks that were sent to a queue, by name."""
    found: list[dict[str, Any]] = []
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as messages:
        while len(messages):
            message = messages.get()
            message.ack()
            found.append(message.payload[1])
    return found
