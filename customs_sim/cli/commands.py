"""The commands of customs: signatures and help. What a command does is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.base.terminal.options import (
    CONTROL,
    HOME,
    Control,
    Home,
    Host,
    Json,
    Keyless,
    KeysHome,
    OperatorKey,
    Profile,
    Worker,
    Workers,
    settings,
)

app = typer.Typer()


@app.command()
def customs(
    demo: Annotated[bool, typer.Option("--demo", help="Seed the demo registry.")] = False,
    home: KeysHome = None,
    host: Host = None,
    control_port: Annotated[
        int | None, typer.Option(help="Port of the control API; 0 takes a free one.")
    ] = None,
    profile: Profile = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help="YAML file, or name of a shipped scenario, that customs follows."),
    ] = None,
    workers: Workers = None,
    keyless: Keyless = None,
    ready_file: Annotated[
        Path | None,
        typer.Option(help="Write address and operator key here, as JSON, once all workers answer."),
    ] = None,
    worker: Worker = "",
) -> None:
    """The simulated customs alone, in worker processes."""
    from customs_sim.cli.serve import CUSTOMS
    from gateway.base.process.serving import serve

    given = settings(
        home=home,
        host=host,
        control_port=control_port,
        profile=profile,
        scenario=scenario,
        workers=workers,
        keyless=keyless,
    )
    raise typer.Exit(serve(CUSTOMS, given, demo=demo, ready_file=ready_file, worker=worker))


@app.command()
def operators(
    home: Home = HOME,
    json: Json = False,
    add: Annotated[
        str, typer.Option("--add", help="Name of the operator that a new key is for.")
    ] = "",
    revoke: Annotated[
        str, typer.Option("--revoke", help="Key, or start of a hash, to revoke.")
    ] = "",
    role: Annotated[
        str, typer.Option(help="Role of a new operator: viewer, officer or tester.")
    ] = "officer",
) -> None:
    """List, add or revoke keys of operators of the customs desk."""
    from customs_sim.cli.operators import operator_keys as work

    raise typer.Exit(
        work(settings(home=home), add=add, role=role, revoke_named=revoke, as_json=json)
    )


@app.command()
def clock(
    order: Annotated[str, typer.Argument(help="show, freeze, advance, speed or reset.")] = "show",
    value: Annotated[
        str,
        typer.Argument(
            help=(
                "freeze: an instant, or off; advance: seconds, P30D or an instant; speed: a factor."
            )
        ),
    ] = "",
    control: Control = CONTROL,
    key: OperatorKey = "",
    home: Home = HOME,
    json: Json = False,
) -> None:
    """Show or move the business clock of a running customs."""
    from customs_sim.cli.clock import clock as work

    raise typer.Exit(work(order, value, control=control, key=key, home=home, as_json=json))
