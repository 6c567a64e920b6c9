"""The main menu of a console as a table: groups of links, each for who may follow it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.base.web.pages.text import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link.

    Attributes:
        also: Beginnings of other paths whose pages belong to it.
        count: The name of the figure of the event stream that is shown beside it; empty for none.
        warns: Whether any such figure asks for somebody's attention.
        role: Who sees it; empty for everybody.
        alone: Whether pages below its path belong to other links.
    """

    href: str
    words: Words
    also: tuple[str, ...] = ()
    count: str = ""
    warns: bool = False
    role: str = ""
    alone: bool = False

    def leads(self, path: str) -> bool:
        """Return whether the page at ``path`` belongs to this link."""
        return path == self.href or any(
            path.startswith(f"{base}/")
            for base in (*(() if self.alone else (self.href,)), *self.also)
            if base != "/"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Links under a heading."""

    words: Words
    links: tuple[Link, ...]
