"""The root of the command line: the commands that the installed packages declare in the group
``eport.commands``.

Each entry of the group is a light module with a Typer ``app`` of commands; its work is imported
when a command runs. So nothing here knows who brings commands, and another package can add some.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from importlib.metadata import entry_points

import typer

from gateway.base.errors import BadSetting, EportError

GROUP = "eport.commands"


def root() -> typer.Typer:
    """Return the root command with all commands of the group, in the order of the entries' names.

    Raises BadSetting when the group is empty: then nothing is installed."""
    made = typer.Typer(
        name="eport",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help=(
            "Open gateway and customs simulator for the bonded guarantee system"
            " (金关二期 保税担保)."
        ),
    )
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        made.registered_commands += entry.load().registered_commands
    if not made.registered_commands:
        raise BadSetting("no command is installed; install the package: pip install -e .")
    return made


def run() -> None:
    """Run a command; our own errors, and paths that cannot be used, are one line and exit 2, never
    a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a terminal without Chinese shows ? instead of failing
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # so that temporary folders and servers of our own go too
    try:
        root()()
    except EportError as error:
        typer.echo(
            f"eport: {' '.join(str(error).split())}", err=True
        )  # drivers write several lines
        sys.exit(2)
    except OSError as error:
        if error.filename is None:  # no path that somebody gave: a fault of ours, to be seen whole
            raise
        typer.echo(f"eport: {os.fsdecode(error.filename)}: {error.strerror}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BaseException as error:
        if _is_cancelled(error):
            sys.exit(143)
        if (told := _bad_list(error)) is None:
            raise
        typer.echo(f"eport: {told}", err=True)
        sys.exit(2)


def _bad_list(error: BaseException) -> str | None:
    """Return what is wrong with a code list and what to do; None for any other error. Who never
    read one does not pay for its import."""
    codes = sys.modules.get("schemas.codes")
    if codes is None or not isinstance(error, codes.BadCodeList):
        return None
    return str(error.told)


def _is_cancelled(error: BaseException) -> bool:
    """Return whether a loop was told to end. Who never had one does not pay for its import."""
    loops = sys.modules.get("asyncio")
    return loops is not None and isinstance(error, loops.CancelledError)
