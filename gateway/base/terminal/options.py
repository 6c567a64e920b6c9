"""Options that several commands share, and the settings that they give. Imported for every help
page, so it imports nothing that only a command needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.base.errors import BadSetting

if TYPE_CHECKING:
    from gateway.base.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one value, on standard output.")]
Url = Annotated[str, typer.Option("--url", envvar="EPORT_URL", help="Address of the gateway.")]
Key = Annotated[
    str,
    typer.Option(
        "--key",
        envvar="EPORT_KEY",
        help="Key of an enterprise; else the first of the home's keys.json.",
    ),
]
Home = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="EPORT_HOME",
        help="Folder of the embedded store and its keys.",
        readable=False,  # said in one line by whoever reads it
    ),
]
Keyless = Annotated[
    bool | None,
    typer.Option(
        "--keyless/--no-keyless",
        help=(
            "Whether you need no operator's key for customs on this machine, until somebody makes"
            " one; default: with `up` on a loopback address."
        ),
        show_default=False,
    ),
]
KeysHome = Annotated[
    Path | None, typer.Option(help="Folder of keys.json; made if missing.", readable=False)
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(help="Port of the gateway; 0 takes a free one.")]
Workers = Annotated[int | None, typer.Option(help="Processes that share the port.")]
Profile = Annotated[str | None, typer.Option(help="instant, realistic or manual.")]
Control = Annotated[
    str, typer.Option("--control", envvar="EPORT_CONTROL", help="Address of the simulated customs.")
]
OperatorKey = Annotated[
    str,
    typer.Option("--key", envvar="EPORT_OPERATOR_KEY", help="Operator key; else that of the home."),
]
CustomsKey = Annotated[
    str,
    typer.Option(
        envvar="EPORT_OPERATOR_KEY", help="Operator key of customs; else that of the home."
    ),
]
Files = Annotated[list[Path], typer.Argument(help="XML files or folders.", readable=False)]
Worker = Annotated[str, typer.Option("--worker", hidden=True, help="For the supervisor alone.")]
LOCAL = "http://127.0.0.1:8080"
CONTROL = "http://127.0.0.1:8090"
HOME = Path("eport-home")


def settings(**given: Any) -> Settings:
    """Return the settings from the environment, overridden by what the command line gives. Raise
    BadSetting for the first that is wrong."""
    from pydantic import ValidationError

    from gateway.base.settings import Settings
    from gateway.base.terminal.screen import readable

    try:
        made = Settings(**{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        option = f"--{name.replace('_', '-')} or " if name in given else ""
        raise BadSetting(
            f"{option}EPORT_{name.upper()}: found {first['input']!r}; {first['msg']}"
        ) from None
    for name in ("home", "scenario"):
        path = getattr(made, name)
        if path is not None and readable(str(path)) != str(path):
            raise BadSetting(
                f"--{name} {readable(str(path))}: its name is no UTF-8; choose another"
            )
    return made
