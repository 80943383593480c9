"""Serves a built tree on loopback: `python -m specs.publishing.site.serve dist/specs [--port 8000]`."""

import argparse
import functools
import json
import sys
from collections.abc import Sequence
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

CATALOG: Final = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".txt": "text/plain; charset=utf-8",
    ".yaml": "application/yaml",
    "": "text/plain; charset=utf-8",
}


class Handler(SimpleHTTPRequestHandler):
    """Files with the media types of the index, and 404.html for everything else."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, listed: dict[str, str], base: str, **options: Any) -> None:
        self._listed = listed
        self._base = base
        super().__init__(*arguments, **options)

    def guess_type(self, path: object) -> str:
        """The media type that index.json gives to the file, or else the one of its ending."""
        file = Path(str(path))
        relative = file.relative_to(self.directory).as_posix()
        if relative == ".well-known/api-catalog":
            return CATALOG
        return self._listed.get(relative) or TYPES.get(file.suffix, "application/octet-stream")

    def translate_path(self, path: str) -> str:
        """The file for an address; one that no system could hold becomes one that is missing."""
        found = super().translate_path(path.removeprefix(self._base))
        lost = "\0" in found or not path.startswith(self._base)
        return str(Path(self.directory, "missing")) if lost else found

    def end_headers(self) -> None:
        """Keep browsers from guessing another media type."""
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def list_directory(self, path: object) -> None:
        """Show no folder without a page of its own."""
        del path
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is missing with the site's own page."""
        page = Path(self.directory, "404.html")
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        content = page.read_bytes()
        self.send_response(HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", TYPES[".html"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing about requests."""


def server(folder: Path, port: int = 0, base: str = "/") -> ThreadingHTTPServer:
    """A server on 127.0.0.1.

    Args:
        folder: The root of the tree.
        port: 0 takes any that is free.
        base: The path of the root, with a slash at its end; there is nothing beside it.

    Raises:
        OSError: there is no index.json in the folder, or the port is taken.
    """
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    listed = {file["path"]: file["mediaType"] for file in index["files"]}
    directory = str(folder.resolve())
    handler = functools.partial(Handler, listed=listed, base=base, directory=directory)
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m specs.publishing.site.serve", description=__doc__
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path("dist/specs"))
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    with server(options.folder, options.port) as serving:
        print(f"http://127.0.0.1:{serving.server_port}/")
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
