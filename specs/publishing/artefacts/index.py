"""`index.json`: every API, version, operation and file, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from specs.publishing.artefacts.tree import File, json_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specs.publishing.artefacts.document import Document, Node, Operation
    from specs.publishing.artefacts.editions import Api, Edition

FORMAT: Final = "1.0.0"
"""The version of the form of index.json, which is semantic too."""


def file(apis: tuple[Api, ...], files: Mapping[str, File]) -> File:
    """Make the index of files that are already there; it does not list itself."""
    folders = {edition.folder: edition for api in apis for edition in api.editions}
    value = {
        "$schema": "index.schema.json",
        "format": FORMAT,
        "licence": "MIT",
        "apis": [_api(api) for api in apis],
        "files": [_file(each, folders) for each in files.values()],
    }
    return json_file("index.json", value, "index")


def _api(api: Api) -> Node:
    info = api.newest.document.root["info"]
    return {
        "name": api.name,
        "title": info["title"],
        "summary": info["summary"],
        "latest": api.newest.version,
        "changelog": f"{api.name}/CHANGELOG.md",
        "versions": [_version(edition) for edition in api.editions],
    }


def _version(edition: Edition) -> Node:
    document = edition.document
    return {
        "version": edition.version,
        "date": edition.date,
        "path": f"{edition.folder}/",
        "openapi": document.root["openapi"],
        "licence": document.root["info"]["license"]["identifier"],
        "servers": document.root["servers"],
        "operations": [_operation(document, each) for each in document.operations],
    }


def _file(file: File, folders: Mapping[str, Edition]) -> Node:
    edition = folders.get("/".join(file.path.split("/")[:2]))
    owner = {"api": edition.api, "version": edition.version} if edition else {}
    return {**file.described(), **owner}


def _operation(document: Document, operation: Operation) -> Node:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "method": operation.method.upper(),
        "path": operation.path,
        "summary": operation.node["summary"],
        "tags": operation.node["tags"],
        "requestMediaTypes": list(document.request_body(operation).get("content", {})),
        "responses": {
            status: list(response.get("content", {}))
            for status, response in document.responses(operation).items()
        },
        "x-countermand": operation.node["x-countermand"],
    }
    return described
