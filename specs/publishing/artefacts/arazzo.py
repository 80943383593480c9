"""The workflows, with the addresses that their sources have in the published tree."""

from pathlib import PurePosixPath

from specs.publishing import PublishingError
from specs.publishing.artefacts.tree import YAML, File
from specs.publishing.artefacts.versions import PublishedVersion
from specs.publishing.document import parsed


def files(version: PublishedVersion) -> list[File]:
    """The workflow of one version, or nothing where it had none.

    The text stays as it is, comments included, but for the addresses of the sources.
    """
    if version.workflow is None:
        return []
    text = version.workflow.decode("utf-8")
    for source in parsed(text)["sourceDescriptions"]:
        url, name = source["url"], PurePosixPath(source["url"]).stem
        if url != f"../{name}.yaml" or name not in version.neighbours:
            raise PublishingError(
                f"{version.api}'s workflow has a source that is not published: {url}"
            )
        # Another API's newest, so that this file stays as it is when that API gets a new version.
        target = "openapi.yaml" if name == version.api else f"../../{name}/openapi.yaml"
        text = text.replace(url, target)
    return [File(f"{version.folder}/arazzo.yaml", text.encode(), YAML, "arazzo")]
