"""The package `unzer`: it has no operation for cancels, and this says so if it ever gets one."""

import sys

import telling
import unzer

WORDS = ("cancel", "revers", "refund", "void")

found = [name for name in dir(unzer.UnzerClient) if any(word in name.lower() for word in WORDS)]
for _ in sys.stdin:
    told = {"verdict": "none", "type": "Lacking", "detail": "UnzerClient has no method for cancels"}
    if found:
        told |= {"type": "Found", "detail": f"UnzerClient has {', '.join(found)}"}
    telling.tell(told)
