"""The files of a console that do not change while it runs: stylesheets, script, pictures. Their
address changes with their content, so that a browser asks for each once."""

from __future__ import annotations

import hashlib
from importlib import resources

from aiohttp import web

KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"
PATH = "/static/"


class Files:
    """One per console."""

    def __init__(self, *packages: str) -> None:
        """``packages``: those with a folder ``static``; the first that has a name gives it."""
        self._files: dict[str, bytes] = {}
        for package in packages:
            folder = resources.files(package).joinpath("static")
            for each in sorted(folder.iterdir(), key=lambda file: file.name):
                if any(each.name.endswith(kind) for kind in KINDS):
                    self._files.setdefault(each.name, each.read_bytes())
        digest = hashlib.sha256()
        for name, content in sorted(self._files.items()):
            digest.update(name.encode() + b"\0" + content)
        self._version = digest.hexdigest()[:12]

    @property
    def scripts(self) -> list[str]:
        """Return the addresses of all scripts, so that none waits for another that imports it."""
        return [self.address(name) for name in self._files if name.endswith(".js")]

    def address(self, name: str) -> str:
        """Return the path of one file. Raise KeyError for one that is not there."""
        self._files[name]
        return f"{PATH}{self._version}/{name}"

    def text(self, *names: str) -> str:
        """Return files one behind the other, for a page that stands alone."""
        return "\n".join(self._files[name].decode() for name in names)

    def route(self) -> web.RouteDef:
        return web.get(PATH + "{version}/{name}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        content = self._files.get(name)
        if content is None:
            return web.Response(status=404)
        current = request.match_info["version"] == self._version
        return web.Response(
            body=content,
            content_type=KINDS[name[name.rindex(".") :]],
            charset="utf-8",
            headers={
                "X-Content-Type-Options": "nosniff",
                # a page from before a restart asks by the old address and gets what there is
                "Cache-Control": FOR_EVER if current else "no-cache",
            },
        )
