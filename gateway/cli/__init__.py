"""The command line `eport`: its root, and the commands of the gateway."""

from __future__ import annotations

import gc


def main() -> None:
    """Entry point of the console script; the import waits until it is called."""
    gc.set_threshold(
        100_000, 20, 100
    )  # what is imported stays; looking for garbage in it is a sixth of the start
    from gateway.cli.app import run

    run()
