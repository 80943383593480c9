"""The pages of the published tree, for people."""

from pathlib import Path
from typing import Any, Final

import yaml

from specs.publishing import PublishingError

TEXTS: Final[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8")
)


class SiteError(PublishingError):
    """A page would be wrong or incomplete; the message names the API and what it lacks."""
