"""What is compared: the specifications of one moment, with what belongs to them."""

from collections.abc import Mapping

import attrs


@attrs.frozen
class Files:
    """What there is of one API.

    Attributes:
        specification: The OpenAPI document, byte for byte.
        changelog: Its changelog; None if it has none.
        workflow: The Arazzo document that is published with it, byte for byte; None likewise.
    """

    specification: bytes
    changelog: str | None
    workflow: bytes | None


@attrs.frozen
class State:
    """Files of one moment, by API.

    Attributes:
        specifications: The OpenAPI documents, byte for byte.
        changelogs: Their changelogs.
        workflows: The Arazzo documents that are published with them, byte for byte.
    """

    specifications: Mapping[str, bytes]
    changelogs: Mapping[str, str] = attrs.field(factory=dict)
    workflows: Mapping[str, bytes] = attrs.field(factory=dict)

    def of(self, api: str) -> Files:
        """The files of an API that there is."""
        return Files(self.specifications[api], self.changelogs.get(api), self.workflows.get(api))
