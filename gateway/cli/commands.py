"""The commands of the gateway: signatures and help. What a command does is imported when it
runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import typer.core

from gateway.base.errors import BadSetting
from gateway.base.terminal.options import (
    CONTROL,
    HOME,
    LOCAL,
    Control,
    Files,
    Home,
    Host,
    Json,
    Key,
    KeysHome,
    OperatorKey,
    Port,
    Url,
    Worker,
    Workers,
    settings,
)

app = typer.Typer()


@app.command()
def gateway(
    demo: Annotated[
        bool, typer.Option("--demo", help="Seed the demo registry and its keys.")
    ] = False,
    home: KeysHome = None,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    ready_file: Annotated[
        Path | None,
        typer.Option(help="Write address and keys here, as JSON, once all workers answer."),
    ] = None,
    worker: Worker = "",
) -> None:
    """The gateway alone, in worker processes: any number on any number of machines, on one
    PostgreSQL and one RabbitMQ."""
    from gateway.base.process.serving import serve
    from gateway.cli.serve import GATEWAY

    raise typer.Exit(
        serve(
            GATEWAY,
            settings(home=home, host=host, port=port, workers=workers),
            demo=demo,
            ready_file=ready_file,
            worker=worker,
        )
    )


@app.command()
def submit(
    files: Files,
    url: Url = LOCAL,
    key: Key = "",
    home: Home = HOME,
    json: Json = False,
    wait: Annotated[
        float,
        typer.Option(
            "--wait", min=0, help="Seconds to wait for customs' final answer; 0 does not wait."
        ),
    ] = 0,
) -> None:
    """Send XML files; exit 1 when one is refused or, with --wait, not approved."""
    from gateway.cli.submit import submit as work

    raise typer.Exit(work(files, url=url, key=key, home=home, wait=wait, as_json=json))


@app.command()
def validate(
    files: Files,
    json: Json = False,
    home: Home = HOME,
    enterprise: Annotated[
        str, typer.Option(help="Check as this enterprise; default: the one the message names.")
    ] = "",
) -> None:
    """Check XML files here, without a gateway; exit 1 when one has errors."""
    from gateway.cli.validate import validate as work

    raise typer.Exit(work(files, settings(home=home), enterprise=enterprise, as_json=json))


@app.command()
def status(
    number: Annotated[
        str, typer.Argument(help="SeqNo or your own reference; none: the latest.")
    ] = "",
    url: Url = LOCAL,
    key: Key = "",
    home: Home = HOME,
    json: Json = False,
) -> None:
    """A declaration with its timeline, or the latest ones."""
    from gateway.cli.status import status as work

    raise typer.Exit(work(number, url=url, key=key, home=home, as_json=json))


@app.command()
def receipts(
    url: Url = LOCAL,
    key: Key = "",
    home: Home = HOME,
    json: Json = False,
    after: Annotated[
        int | None,
        typer.Option(help="Sequence number to start after; default: the last acknowledged."),
    ] = None,
    enterprise: Annotated[str, typer.Option(help="For keys with several enterprises.")] = "",
    ack: Annotated[bool, typer.Option("--ack", help="Acknowledge what is shown.")] = False,
) -> None:
    """What customs sent."""
    from gateway.cli.receipts import receipts as work

    raise typer.Exit(
        work(url=url, key=key, home=home, after=after, enterprise=enterprise, ack=ack, as_json=json)
    )


@app.command()
def keys(
    ctx: typer.Context,
    home: Home = HOME,
    json: Json = False,
    add: Annotated[str, typer.Option("--add", help="Operator name for a new key.")] = "",
    enterprises: Annotated[
        str, typer.Option(help="Comma-separated enterprise codes of the new key.")
    ] = "",
    admin: Annotated[
        bool,
        typer.Option(
            "--admin",
            help="The new key is an operator's: it handles parked messages, for no enterprise.",
        ),
    ] = False,
    revoke: Annotated[
        str, typer.Option("--revoke", help="Key, or start of a hash, to revoke.")
    ] = "",
    customs: Annotated[
        bool, typer.Option("--customs", help="Keys of operators of the customs desk instead.")
    ] = False,
    role: Annotated[
        str, typer.Option(help="Role of a new operator: viewer, officer or tester.")
    ] = "officer",
) -> None:
    """List, add or revoke keys of a home."""
    # the desk's keys are customs' business: the same command is `operators` there, found where all
    # commands are
    if customs:
        group = ctx.parent.command if ctx.parent else None
        desk = (
            group.get_command(ctx, "operators")
            if isinstance(group, typer.core.TyperGroup)
            else None
        )
        if desk is None or desk.callback is None:
            raise BadSetting(
                "--customs: the command `operators` of the simulated customs is not installed"
            )
        ctx.invoke(desk.callback, home=home, json=json, add=add, revoke=revoke, role=role)
        return
    from gateway.cli.keys import keys as work

    raise typer.Exit(
        work(
            settings(home=home),
            add=add,
            enterprises=enterprises,
            revoke=revoke,
            as_json=json,
            admin=admin,
        )
    )


@app.command()
def enterprises(
    action: Annotated[str, typer.Argument(help="list, add or change.")] = "list",
    code: Annotated[str, typer.Argument(help="Code of the enterprise, 10 characters.")] = "",
    name: Annotated[str, typer.Option(help="Its name.")] = "",
    credit_code: Annotated[str, typer.Option(help="Its 统一社会信用代码, 18 characters.")] = "",
    district: Annotated[str, typer.Option("--customs", help="Its 主管关区, four digits.")] = "",
    dxp_id: Annotated[
        str, typer.Option(help="What its messages name as sender; default: DXPENT and the code.")
    ] = "",
    control: Control = CONTROL,
    gateway_only: Annotated[
        bool, typer.Option("--gateway-only", help="Leave customs alone.")
    ] = False,
    key: OperatorKey = "",
    home: Home = HOME,
    json: Json = False,
) -> None:
    """Enterprises of a home, gateway and customs alike: list, add one with its key, change one,
    while they run. Exit 1 when a side refuses."""
    from gateway.cli.enterprises import enterprises as work

    raise typer.Exit(
        work(
            action,
            code.strip(),
            settings(home=home),
            given={
                "name": name.strip(),
                "credit_code": credit_code.strip(),
                "customs": district.strip(),
                "dxp_id": dxp_id.strip(),
            },
            control="" if gateway_only else control,
            key=key.strip(),
            as_json=json,
        )
    )


@app.command()
def parked(
    action: Annotated[str, typer.Argument(help="list, show, retry or drop.")] = "list",
    name: Annotated[
        str, typer.Argument(help="The message, as the list shows it: gateway/17 or customs/3.")
    ] = "",
    url: Url = LOCAL,
    home: Home = HOME,
    json: Json = False,
    control: Control = CONTROL,
    key: OperatorKey = "",
) -> None:
    """Messages that a side set aside: list, show with the reason, retry, drop. Exit 1 when a retry
    came to nothing."""
    from gateway.cli.parked import parked as work

    raise typer.Exit(work(action, name, url=url, control=control, key=key, home=home, as_json=json))


@app.command()
def codelists(
    action: Annotated[str, typer.Argument(help="list, show, import or reset.")] = "list",
    what: Annotated[
        str, typer.Argument(help="The list to show or reset, or the CSV file to import.")
    ] = "",
    home: Home = HOME,
    json: Json = False,
    name: Annotated[
        str, typer.Option(help="The list that the file holds: customs or currency.")
    ] = "",
    start: Annotated[
        str, typer.Option("--from", help="Day from which the file holds; default: today.")
    ] = "",
    partial: Annotated[
        bool, typer.Option("--partial", help="The file holds only what changes: nothing ends.")
    ] = False,
    ends_many: Annotated[
        bool, typer.Option("--ends-many", help="Let more than one code in ten end.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, change nothing.")
    ] = False,
) -> None:
    """Code lists of a home, gateway and customs alike: list, show, import a newer one while they
    run, go back to the shipped one."""
    from gateway.cli.codelists import codelists as work

    raise typer.Exit(
        work(
            action,
            what,
            settings(home=home),
            name=name,
            start=start,
            partial=partial,
            ends_many=ends_many,
            dry_run=dry_run,
            as_json=json,
        )
    )
