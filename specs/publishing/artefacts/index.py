"""`index.json`: every API, version, operation and file, for programs."""

from collections.abc import Mapping
from typing import Any, Final

from specs.publishing.artefacts.tree import File, json_file
from specs.publishing.artefacts.versions import Api, PublishedVersion
from specs.publishing.document import Operation, operations

FORMAT: Final = "1.1.0"
"""The semantic version of the form of index.json."""


def file(apis: tuple[Api, ...], files: Mapping[str, File]) -> File:
    """Make the index of files that are already there; it does not list itself."""
    folders = {version.folder: version for api in apis for version in api.versions}
    value = {
        "$schema": "index.schema.json",
        "format": FORMAT,
        "licence": "MIT",
        "apis": [_api(api) for api in apis],
        "files": [_file(each, folders) for each in files.values()],
    }
    return json_file("index.json", value, "index")


def _api(api: Api) -> dict[str, Any]:
    info = api.newest.document.root["info"]
    return {
        "name": api.name,
        "title": info["title"],
        "summary": info["summary"],
        "latest": api.newest.number,
        "changelog": f"{api.name}/CHANGELOG.md",
        "versions": [_version(version) for version in api.versions],
    }


def _version(version: PublishedVersion) -> dict[str, Any]:
    root = version.document.root
    return {
        "version": version.number,
        "date": version.date,
        "path": f"{version.folder}/",
        "openapi": root["openapi"],
        "licence": root["info"]["license"]["identifier"],
        "servers": root["servers"],
        "operations": [_operation(each) for each in operations(version.document)],
    }


def _file(file: File, folders: Mapping[str, PublishedVersion]) -> dict[str, Any]:
    version = folders.get("/".join(file.path.split("/")[:2]))
    owner = {"api": version.api, "version": version.number} if version else {}
    return {**file.described(), **owner}


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "operationId": operation.id,
        "method": operation.method.upper(),
        "path": operation.path,
        "summary": operation.node.raw["summary"],
        "tags": operation.node.raw["tags"],
        "requestMediaTypes": operation.body.child("content").names,
        "responses": {
            status: response.child("content").names
            for status, response in operation.responses.items()
        },
        "x-countermand": operation.node.raw["x-countermand"],
    }
