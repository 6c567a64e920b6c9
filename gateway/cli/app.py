"""The commands and their options. Every setting is also an environment variable; each command's work is in a file of its own."""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from gateway.errors import BadSetting, EportError
from gateway.settings import Settings

app = typer.Typer(name="eport", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
                  help="Open gateway and customs simulator for the bonded guarantee system (金关二期 保税担保).")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one value, on standard output.")]
Url = Annotated[str, typer.Option("--url", envvar="EPORT_URL", help="Address of the gateway.")]
Key = Annotated[str, typer.Option("--key", envvar="EPORT_KEY", help="Key of an enterprise; else the first of the home's keys.json.")]
Home = Annotated[Path, typer.Option("--home", envvar="EPORT_HOME", help="Folder of the embedded store and its keys.")]
Files = Annotated[list[Path], typer.Argument(help="XML files or folders.")]
LOCAL = "http://127.0.0.1:8080"
CONTROL = "http://127.0.0.1:8090"
HOME = Path("eport-home")


def settings(**given: Any) -> Settings:
    """Settings from the environment, overridden by what the command line gives. Raises BadSetting for the first that is wrong."""
    try:
        return Settings(**{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        option = f"--{name.replace('_', '-')} or " if name in given else ""
        raise BadSetting(f"{option}EPORT_{name.upper()}: found {first['input']!r}; {first['msg']}") from None


@app.command()
def demo(json: Json = False,
         every: Annotated[bool, typer.Option("--all", help="Walk every flow of the manual instead of the samples.")] = False,
         record: Annotated[Path | None, typer.Option(help="With --all: write what was said to this folder, as a script that replays.")] = None,
         ) -> None:
    """Everything at once: real declarations to approval, in a temporary folder, in under ten seconds."""
    from gateway.cli.demo import demo as work

    raise typer.Exit(work(as_json=json, every=every, record=record))


@app.command()
def up(
    home: Annotated[Path | None, typer.Option(help="Folder of the embedded store; made if missing.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the gateway; 0 takes a free one.")] = None,
    control_port: Annotated[int | None, typer.Option(help="Port of the simulated customs; 0 takes a free one.")] = None,
    profile: Annotated[str | None, typer.Option(help="instant, realistic or manual.")] = None,
    scenario: Annotated[Path | None, typer.Option(help="YAML file, or the name of a shipped scenario, for customs to run.")] = None,
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Keep the home in a temporary folder and remove it at the end.")] = False,
    ready_file: Annotated[Path | None, typer.Option(help="Write addresses and keys here, as JSON, once both sides answer.")] = None,
    seed_demo: Annotated[bool, typer.Option("--seed-demo", help="Seed one waiting case.")] = False,
    seed: Annotated[int | None, typer.Option(help="Make the run repeatable: numbers, ids, keys and times follow from this seed.")] = None,
) -> None:
    """Gateway and simulated customs in one process, embedded store and broker; stays until stopped."""
    given = settings(home=home, host=host, port=port, control_port=control_port, profile=profile, scenario=scenario,
                     seed_demo=seed_demo or None, seed=seed)
    from gateway.cli.up import up as work

    raise typer.Exit(work(given, ephemeral=ephemeral, ready_file=ready_file))


Worker = Annotated[str, typer.Option("--worker", hidden=True, help="For the supervisor alone.")]


@app.command()
def gateway(
    demo: Annotated[bool, typer.Option("--demo", help="Seed the demo registry and its keys.")] = False,
    home: Annotated[Path | None, typer.Option(help="Folder of keys.json; made if missing.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the gateway; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that share the port.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Write address and keys here, as JSON, once all workers answer.")] = None,
    worker: Worker = "",
) -> None:
    """The gateway alone, in worker processes: any number on any number of machines, on one PostgreSQL and one RabbitMQ."""
    from gateway.cli.serving import serve

    raise typer.Exit(serve("gateway", settings(home=home, host=host, port=port, workers=workers), demo=demo, ready_file=ready_file, worker=worker))


@app.command()
def customs(
    demo: Annotated[bool, typer.Option("--demo", help="Seed the demo registry.")] = False,
    home: Annotated[Path | None, typer.Option(help="Folder of keys.json; made if missing.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    control_port: Annotated[int | None, typer.Option(help="Port of the control API; 0 takes a free one.")] = None,
    profile: Annotated[str | None, typer.Option(help="instant, realistic or manual.")] = None,
    scenario: Annotated[Path | None, typer.Option(help="YAML file, or name of a shipped scenario, that customs follows.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that share the port.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Write address and operator key here, as JSON, once all workers answer.")] = None,
    worker: Worker = "",
) -> None:
    """The simulated customs alone, in worker processes."""
    from gateway.cli.serving import serve

    given = settings(home=home, host=host, control_port=control_port, profile=profile, scenario=scenario, workers=workers)
    raise typer.Exit(serve("customs", given, demo=demo, ready_file=ready_file, worker=worker))


@app.command()
def clock(order: Annotated[str, typer.Argument(help="show, freeze, advance, speed or reset.")] = "show",
          value: Annotated[str, typer.Argument(help="freeze: an instant, or off; advance: seconds, P30D or an instant; speed: a factor.")] = "",
          control: Annotated[str, typer.Option("--control", envvar="EPORT_CONTROL", help="Address of the simulated customs.")] = CONTROL,
          key: Annotated[str, typer.Option("--key", envvar="EPORT_OPERATOR_KEY", help="Operator key; else that of the home.")] = "",
          home: Home = HOME, json: Json = False) -> None:
    """Show or move the business clock of a running customs."""
    from gateway.cli.clock import clock as work

    raise typer.Exit(work(order, value, control=control, key=key, home=home, as_json=json))


@app.command()
def submit(files: Files, url: Url = LOCAL, key: Key = "", home: Home = HOME, json: Json = False,
           wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for customs' final answer; 0 does not wait.")] = 0,
           ) -> None:
    """Send XML files; exit 1 when one is refused or, with --wait, not approved."""
    from gateway.cli.client import submit as work

    raise typer.Exit(work(files, url=url, key=key, home=home, wait=wait, as_json=json))


@app.command()
def validate(files: Files, json: Json = False,
             enterprise: Annotated[str, typer.Option(help="Check as this enterprise; default: the one the message names.")] = "") -> None:
    """Check XML files here, without a gateway; exit 1 when one has errors."""
    from gateway.cli.validate import validate as work

    raise typer.Exit(work(files, settings(), enterprise=enterprise, as_json=json))


@app.command()
def status(number: Annotated[str, typer.Argument(help="SeqNo or your own reference; none: the latest.")] = "",
           url: Url = LOCAL, key: Key = "", home: Home = HOME, json: Json = False) -> None:
    """A declaration with its timeline, or the latest ones."""
    from gateway.cli.client import status as work

    raise typer.Exit(work(number, url=url, key=key, home=home, as_json=json))


@app.command()
def receipts(url: Url = LOCAL, key: Key = "", home: Home = HOME, json: Json = False,
             after: Annotated[int | None, typer.Option(help="Sequence number to start after; default: the last acknowledged.")] = None,
             enterprise: Annotated[str, typer.Option(help="For keys with several enterprises.")] = "",
             ack: Annotated[bool, typer.Option("--ack", help="Acknowledge what is shown.")] = False) -> None:
    """What customs sent."""
    from gateway.cli.client import receipts as work

    raise typer.Exit(work(url=url, key=key, home=home, after=after, enterprise=enterprise, ack=ack, as_json=json))


@app.command()
def keys(home: Home = HOME, json: Json = False,
         add: Annotated[str, typer.Option("--add", help="Operator name for a new key.")] = "",
         enterprises: Annotated[str, typer.Option(help="Comma-separated enterprise codes of the new key.")] = "",
         admin: Annotated[bool, typer.Option("--admin", help="The new key is an operator's: it handles parked messages, for no enterprise.")] = False,
         revoke: Annotated[str, typer.Option("--revoke", help="Key, or start of a hash, to revoke.")] = "",
         customs: Annotated[bool, typer.Option("--customs", help="Keys of operators of the customs desk instead.")] = False,
         role: Annotated[str, typer.Option(help="Role of a new operator: viewer, officer or tester.")] = "officer") -> None:
    """List, add or revoke keys of a home."""
    if customs:
        from gateway.cli.operator_keys import operator_keys

        raise typer.Exit(operator_keys(settings(home=home), add=add, role=role, revoke_named=revoke, as_json=json))
    from gateway.cli.keys import keys as work

    raise typer.Exit(work(settings(home=home), add=add, enterprises=enterprises, revoke=revoke, as_json=json, admin=admin))


@app.command()
def parked(action: Annotated[str, typer.Argument(help="list, show, retry or drop.")] = "list",
           name: Annotated[str, typer.Argument(help="The message, as the list shows it: gateway/17 or customs/3.")] = "",
           url: Url = LOCAL, home: Home = HOME, json: Json = False,
           control: Annotated[str, typer.Option("--control", envvar="EPORT_CONTROL", help="Address of the simulated customs.")] = CONTROL,
           key: Annotated[str, typer.Option("--key", envvar="EPORT_OPERATOR_KEY", help="Operator key; else that of the home.")] = "") -> None:
    """Messages that a side set aside: list, show with the reason, retry, drop. Exit 1 when a retry came to nothing."""
    from gateway.cli.parked import parked as work

    raise typer.Exit(work(action, name, url=url, control=control, key=key, home=home, as_json=json))


@app.command()
def generate(message_type: Annotated[str, typer.Argument(metavar="TYPE", help="GRT101 and so on.")] = "", home: Home = HOME, json: Json = False,
             count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many.")] = 10,
             seed: Annotated[int, typer.Option(help="The same seed, type and day make the same bytes.")] = 1,
             out: Annotated[Path, typer.Option(help="Folder to write to; made if missing.")] = Path("generated"),
             wrong: Annotated[str, typer.Option(help="Make each one wrong in this way; --list shows the ways.")] = "",
             today: Annotated[str, typer.Option(help="Day that the messages are written on, yyyy-MM-dd; default: today in China.")] = "",
             enterprise: Annotated[str, typer.Option(help="Code of the enterprise that sends them; default: the first of the demo registry.")] = "",
             number: Annotated[str, typer.Option(help="Guarantee, levy or statement that they are about; default: a made-up one.")] = "",
             list_: Annotated[bool, typer.Option("--list", help="Show the types and the ways to be wrong.")] = False) -> None:
    """Make messages of a type from its schema: valid ones, or wrong in a chosen way with the finding to expect beside each."""
    from gateway.cli.generate import generate as work
    from gateway.cli.generate import show_list

    if list_:
        raise typer.Exit(show_list(settings(home=home), as_json=json))
    raise typer.Exit(work(message_type, settings(home=home), count=count, seed=seed, out=out, wrong=wrong, today=today, enterprise=enterprise,
                          number=number, as_json=json))


@app.command()
def record(url: Url = LOCAL, home: Home = HOME, json: Json = False,
           control: Annotated[str, typer.Option("--control", envvar="EPORT_CONTROL", help="Address of the simulated customs.")] = CONTROL,
           out: Annotated[Path, typer.Option(help="Folder to write to; made if missing, and empty.")] = Path("recording"),
           key: Annotated[list[str] | None, typer.Option("--key", help="Key of an enterprise to record; several times for several. "
                                                         "Default: all of the home.")] = None,
           operator_key: Annotated[str, typer.Option(envvar="EPORT_OPERATOR_KEY", help="Operator key of customs; else that of the home.")] = "",
           ) -> None:
    """Write the conversations of a running pair to a folder that replays: names replaced by fakes, days relative to the run."""
    from gateway.cli.record import record as work

    raise typer.Exit(work(url=url, control=control, out=out, keys=key or [], operator_key=operator_key, home=home, as_json=json))


@app.command()
def replay(
    paths: Annotated[list[Path] | None, typer.Argument(help="Scripts (*.yaml), messages (*.xml) or folders; default: the shipped fixtures.")] = None,
    url: Annotated[str, typer.Option("--url", envvar="EPORT_URL", help="A running gateway; default: a pair of its own.")] = "",
    control: Annotated[str, typer.Option("--control", envvar="EPORT_CONTROL", help="Its customs: for scripts that act there.")] = "",
    key: Annotated[list[str] | None, typer.Option("--key", help="Key of an enterprise, or CODE=KEY for one of several. "
                                                  "Default: those of the home.")] = None,
    operator_key: Annotated[str, typer.Option(envvar="EPORT_OPERATOR_KEY", help="Operator key of customs; else that of the home.")] = "",
    home: Home = HOME,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Scripts at once; of bare messages eight times as many.")] = 4,
    repeat: Annotated[int, typer.Option(min=1, help="Send everything so many times, as new messages.")] = 1,
    rate: Annotated[float, typer.Option(min=0, help="At most so many messages a second.")] = 0.0,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write all of it as JSON here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained page here.")] = None,
    json: Json = False,
) -> None:
    """Replay message fixtures and scripts against a pair; a verdict with the exact difference."""
    from gateway.cli.replay.command import Target, Way
    from gateway.cli.replay.command import replay as work

    target = Target(gateway=url, control=control, keys=tuple(key or ()), operator_key=operator_key, home=home)
    raise typer.Exit(work(paths or [], target, Way(jobs=jobs, repeat=repeat, rate=rate), junit=junit, json=report, html=html, as_json=json))


@app.command()
def migrate(home: Home = HOME, json: Json = False) -> None:
    """Bring both stores to the newest tables."""
    from gateway.cli.doctor import migrate as work

    raise typer.Exit(work(settings(home=home), as_json=json))


@app.command()
def doctor(home: Home = HOME, json: Json = False,
           reconcile: Annotated[bool, typer.Option("--reconcile", help="Also compare the registers of both sides with customs' ledger.")] = False,
           ) -> None:
    """Check this installation: Python, packages, schemas, stores, ports; says what to do about each fault."""
    from gateway.cli.doctor import doctor as work

    raise typer.Exit(work(settings(home=home), as_json=json, reconcile=reconcile))


@app.command()
def bench(messages: Annotated[int, typer.Option("-n", "--messages", min=1, help="Declarations to send.")] = 2000,
          clients: Annotated[int, typer.Option("-c", "--clients", min=1, help="Clients at once.")] = 64,
          url: Annotated[str, typer.Option(help="A running gateway; default: an embedded pair of its own.")] = "",
          key: Annotated[str, typer.Option(help="Key for --url.")] = "", json: Json = False,
          batch: Annotated[bool, typer.Option("--batch", help="Also send as many by POST /messages/batch.")] = False,
          hold: Annotated[bool, typer.Option("--hold", help="Also with customs held, then released: how the backlog drains.")] = False,
          paced: Annotated[bool, typer.Option("--paced", help="Also at half of the measured intake, evenly.")] = False,
          preload: Annotated[int, typer.Option(min=0, help="Declarations to put into the store first.")] = 0,
          out: Annotated[Path | None, typer.Option(help="Folder for bench.json and the chart bench.svg.")] = None) -> None:
    """Measure: ingest per second, submit p50 and p99, full round trips per second, memory."""
    from gateway.cli.bench import bench as work

    more = [name for name, asked in (("batch", batch), ("hold", hold), ("paced", paced)) if asked]
    raise typer.Exit(work(messages=messages, clients=clients, url=url, key=key, as_json=json, more=more, out=out, preloaded=preload))


def run() -> None:
    """Run a command; our own errors are one line and exit 2, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Chinese shows ? instead of failing
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that temporary folders and servers of our own go too
    try:
        app()
    except EportError as error:
        typer.echo(f"eport: {' '.join(str(error).split())}", err=True)  # drivers write several lines
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except asyncio.CancelledError:
        sys.exit(143)
