"""Changes of a document as data, for the catalogues of breaking changes and of broken documents."""

import copy
from typing import Any


def changed(document: Any, members: dict[str, Any]) -> Any:
    """A copy of a document, with members set, or taken away by the value "(removed)".

    A key names the way: `paths > /things > get`, with a digit for the position in a list. The
    position behind the last entry adds one.
    """
    made = copy.deepcopy(document)
    for way, value in copy.deepcopy(members).items():
        # Statuses have three digits, positions in a list one.
        *keys, last = (
            int(key) if len(key) == 1 and key.isdigit() else key for key in way.split(" > ")
        )
        holder = made
        for key in keys:
            holder = holder[key]
        if value == "(removed)":
            del holder[last]
        elif isinstance(holder, list) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
    return made
