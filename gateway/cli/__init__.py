"""The command line `eport`: the one place that may start both sides."""

from __future__ import annotations


def main() -> None:
    """Entry point of the console script; the import waits until it is called."""
    from gateway.cli.app import run

    run()
