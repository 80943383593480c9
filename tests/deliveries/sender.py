"""The program that sends the tasks, and sends again what Celery has lost or failed.

A key is one cancel, so sending again is always safe. It is needed: Redis forgets a message that a
worker was killed with before it could note it, and a soft time limit may strike while Celery stores
the result.
"""

import json
import sys
import time
from collections.abc import Iterable
from typing import Any, Final

from attrs import Factory, define

from countermand_ops.celery import cancel
from tests.conformance.orders import order
from tests.deliveries.app import VISIBLE_AFTER, app
from tests.deliveries.judging import CUT_EVERY, api_of

SOFT_LIMIT: Final = 1.0
LOST_AFTER: Final = 2.0 * VISIBLE_AFTER
"""Seconds without any result after which those that are left count as lost."""
AT_ONCE: Final = 500
"""Results that are asked for at once."""
GIVES_UP_AFTER: Final = 5
"""How often tasks are sent again because nothing ends any more."""
ENDED: Final = ("SUCCESS", "FAILURE", "REVOKED")


def key_of(number: int) -> str:
    """The idempotency key of the task with this number."""
    return f"order-{number}"


@define
class Sender:
    """Sends a task for each payment until it has a result.

    Attributes:
        results: What the tasks have returned, by their numbers.
        failed: How many tasks have failed, and were sent again.
        lost: How many had no result for long, and were sent again.
    """

    payments: list[Any]
    results: dict[int, dict[str, Any]] = Factory(dict[int, dict[str, Any]])
    failed: int = 0
    lost: int = 0
    _tasks: dict[int, str] = Factory(dict[int, str])

    def send(self, numbers: Iterable[int]) -> None:
        """Send the tasks with these numbers."""
        for number in numbers:
            api, limit = api_of(number), None if number % CUT_EVERY else SOFT_LIMIT
            arguments = (api, order(api, self.payments[number], whole=False), key_of(number))
            self._tasks[number] = cancel.apply_async(arguments, soft_time_limit=limit).id

    def wait(self) -> None:
        """Wait until each task has a result, or until it is of no use to send it again."""
        since, gone_by = time.monotonic(), 0
        while self._tasks and gone_by < GIVES_UP_AFTER:
            time.sleep(1.0)
            if self._collect():
                since = time.monotonic()
                sys.stdout.write(f"{len(self._tasks)} tasks are left\n")
                sys.stdout.flush()
            elif time.monotonic() - since > LOST_AFTER:
                self.lost += len(self._tasks)
                self.send([*self._tasks])
                since, gone_by = time.monotonic(), gone_by + 1

    def _collect(self) -> int:
        """Take the results of some tasks, and send again what has failed; the number of both."""
        asked = [*self._tasks.items()][:AT_ONCE]
        stored = app.backend.mget([app.backend.get_key_for_task(task) for _, task in asked])
        found = {
            number: json.loads(each)
            for (number, _), each in zip(asked, stored, strict=True)
            if each
        }
        ended = {number: each for number, each in found.items() if each["status"] in ENDED}
        for number, each in ended.items():
            del self._tasks[number]
            if each["status"] == "SUCCESS":
                self.results[number] = each["result"]
            else:
                self.failed += 1
                self.send([number])
        # What has not ended comes again when all others were asked for.
        for number, task in asked:
            if number not in ended:
                del self._tasks[number]
                self._tasks[number] = task
        return len(ended)
