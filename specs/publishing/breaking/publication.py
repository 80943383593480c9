"""What changes in the published files although the specification means the same."""

import re
from collections.abc import Iterator

from specs.publishing.breaking.states import Files
from specs.publishing.breaking.verdicts import Change
from specs.publishing.breaking.versions import Version


def compare_workflows(base: Files, head: Files) -> Iterator[Change]:
    """The workflow that is published at the address of the specification's version."""
    if base.workflow is None:
        # Without one nothing is published, so no address gets other bytes.
        return
    if head.workflow is None:
        yield Change("#", "workflow-removed")
    elif _lines(base.workflow) != _lines(head.workflow):
        yield Change("#", "workflow-changed")


def same_bytes(base: bytes, head: bytes, before: Version, after: Version) -> bool:
    """Whether two files are the same byte for byte, but for the version they give themselves.

    Line ends do not count: git may turn them on checkout.
    """
    stated = rb"(version[\"']?[ \t]*:[ \t]*[\"']?)" + re.escape(str(before).encode())
    raised = re.sub(stated, rb"\g<1>" + str(after).encode(), _lines(base), count=1)
    return raised == _lines(head)


def _lines(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")
