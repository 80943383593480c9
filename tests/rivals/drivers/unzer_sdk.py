"""The package `unzer`: a cancel where it has that operation, and nothing where it has not."""

import json
import sys

import telling
import unzer

order = json.load(sys.stdin)
found = [name for name in dir(unzer.UnzerClient) if "cancel" in name.lower()]
named = f"UnzerClient has {', '.join(found) or 'no method'} for cancels"
telling.tell({"verdict": "none", "type": "Lacking", "detail": named})
