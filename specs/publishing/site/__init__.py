"""The pages of the published tree, for people."""

from specs.publishing import PublishingError


class SiteError(PublishingError):
    """A page would be wrong or incomplete; the message names the API and what it lacks."""
