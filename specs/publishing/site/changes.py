"""The changelogs of all specifications as one, by date."""

from collections.abc import Iterable
from itertools import groupby

import attrs
from markupsafe import Markup

from specs.publishing.site import markdown
from specs.publishing.site.sources import Api


@attrs.frozen(kw_only=True)
class Release:
    """One version of one API's specification, with what changed in it; `anchor` is its id."""

    api: Api
    version: str
    date: str
    anchor: str
    changed: Markup


def releases(api: Api) -> tuple[Release, ...]:
    """The releases of an API, newest first."""
    found = []
    for heading, changed in markdown.sections(api.changelog):
        version, _, date = heading.partition(" - ")
        found.append(
            Release(
                api=api,
                version=version,
                date=date,
                anchor=f"{api.name}-{markdown.slug(heading)}",
                changed=changed,
            )
        )
    return tuple(found)


def by_date(apis: Iterable[Api]) -> tuple[tuple[str, tuple[Release, ...]], ...]:
    """Every date on which something changed, newest first, with what was released then."""
    found = [release for api in apis for release in releases(api)]
    found.sort(key=lambda each: each.date, reverse=True)
    return tuple((date, tuple(group)) for date, group in groupby(found, lambda each: each.date))
