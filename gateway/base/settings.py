"""Settings of both sides: every one is also an environment variable ``EPORT_…``; one sentence each.

Nothing here reads the environment by itself: the command line builds the object and hands it to
``bootstrap``.
"""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.times import SPAN, within


def _shown(moment: datetime) -> datetime:
    if not within(moment):
        raise ValueError(f"wanted a moment within {SPAN}")
    return moment


Instant = Annotated[AwareDatetime, AfterValidator(_shown)]
"""A moment that every reader can show."""


class Settings(BaseSettings):
    """What an operator can set. Times in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="EPORT_", extra="ignore", allow_inf_nan=False)

    home: Path = Field(
        Path("eport-home"), description="Folder of the embedded store, its keys and its lock."
    )
    host: str = Field("127.0.0.1", description="Address that both HTTP servers listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port of the gateway; 0 takes a free one.")
    control_port: int = Field(
        8090, ge=0, le=65535, description="Port of the simulated customs; 0 takes a free one."
    )
    keyless: bool | None = Field(
        None,
        description=(
            "Whether the user who started customs needs no operator's key on this machine, until"
            " somebody makes one; empty: only with `eport up` on a loopback address."
        ),
    )
    store_url: str = Field(
        "", description="SQLAlchemy URL of the gateway's store; empty: SQLite in the home folder."
    )
    customs_store_url: str = Field(
        "", description="SQLAlchemy URL of customs' store; empty: SQLite in the home folder."
    )
    amqp_url: str = Field(
        "",
        description="RabbitMQ of the two sides; empty: the embedded broker (only with `eport up`).",
    )
    queue_prefix: str = Field(
        "",
        max_length=64,
        pattern="^[A-Za-z0-9._-]*$",
        description="Put before every queue name: several installations on one RabbitMQ.",
    )
    amqp_timeout: float = Field(
        10.0,
        gt=0,
        description=(
            "Seconds of every call of RabbitMQ; what takes longer is unknown and offered again."
        ),
    )
    workers: int = Field(1, ge=1, le=256, description="Processes of one side that share its port.")
    pin: bool = Field(
        True,
        description=(
            "Whether each worker, and on two processors each process of `eport up`, keeps to one of"
            " its own."
        ),
    )
    leave: float = Field(
        0.5,
        ge=0,
        description=(
            "Seconds that a stopping process goes on serving after its readiness turned false."
        ),
    )
    profile: Literal["instant", "realistic", "manual"] = Field(
        "instant", description="How customs reviews: at once, with real delays, by a person."
    )
    scenario: Path | None = Field(
        None, description="YAML file with the scenario that customs runs; read at start."
    )
    customs_node: str = Field(
        "DXPEDCGRT0000001", min_length=4, max_length=16, description="DXP id of the customs node."
    )
    receipt_form: Literal["package", "signature"] = Field(
        "package",
        description=(
            "How customs wraps what it sends: a bare Package, or the 内网 form, a Signature in the"
            " xmldsig namespace. The gateway reads both."
        ),
    )
    max_body: int = Field(
        2 * 1024 * 1024, ge=1024, description="Largest message in bytes; above it 413."
    )
    body_timeout: float = Field(
        20.0, gt=0, description="Seconds a request body may take to arrive."
    )
    check_budget: float = Field(
        10.0,
        gt=0,
        description=(
            "Seconds of processor time for the check of one message; above it the message is"
            " refused."
        ),
    )
    uploads: int = Field(
        256 * 1024 * 1024,
        ge=200 * 1024 * 1024,
        description=(
            "Bytes of request bodies that are in memory while they arrive, a third for one key;"
            " above it POST answers 503."
        ),
    )
    keep_alive: float = Field(75.0, gt=0, description="Seconds an idle HTTP connection is kept.")
    drain: float = Field(
        10.0, ge=0, description="Seconds that a stop waits for requests and batches under way."
    )
    backlog: int = Field(
        200_000, ge=1, description="Messages waiting for customs above which POST answers 503."
    )
    queue: int = Field(
        10_000,
        ge=1,
        description=(
            "Messages in memory waiting for their transaction above which POST answers 503."
        ),
    )
    batch: int = Field(
        500, ge=1, le=500, description="Most messages in one transaction and in one hand-over."
    )
    not_yet_deadline: float = Field(
        600.0,
        ge=0,
        description="Seconds an answer may wait for the filing it answers, then it is parked.",
    )
    refusals_kept: int = Field(10_000, ge=0, description="Refusals kept for each key.")
    clock_url: str = Field(
        "",
        description=(
            "Control URL of a customs side whose business clock this gateway follows; empty: wall"
            " time."
        ),
    )
    clock_key: str = Field(
        "", description="Operator key for clock_url, when that customs runs on another machine."
    )
    clock_start: Instant | None = Field(
        None,
        description=(
            "Instant at which the business clock of a fresh home stands still; empty: wall time."
        ),
    )
    seed: int | None = Field(
        None,
        ge=0,
        lt=2**63,
        description="Seed of a run that can be repeated byte for byte; its keys can be guessed.",
    )
    review_hours: bool = Field(
        False,
        description=(
            "Whether the decisions of the profile realistic come in office hours of China only."
        ),
    )
    deadline_rolls: bool = Field(
        True,
        description=(
            "Whether a deadline that falls on a day off in China ends on the next working day."
        ),
    )
    opens: time = Field(
        time(9, 0), description="When customs' office opens on a working day, Asia/Shanghai."
    )
    closes: time = Field(time(17, 0), description="When it closes.")
    cut_off: time = Field(
        time(16, 30), description="From when on the work of a day is left to the next working day."
    )
    undo: float = Field(
        5.0,
        ge=0,
        le=60,
        description=(
            "Seconds that a decision at the desk can be taken back before it is carried out; 0: it"
            " is carried out at once, as every decision by the control API is."
        ),
    )
    claim: float = Field(
        1800.0,
        gt=0,
        le=604_800,
        description="Seconds after which an officer's claim of a case (我在办) ends by itself.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Form of the log lines on stderr."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Least severe log line that is written."
    )
    processes: int = Field(
        0,
        ge=0,
        le=2,
        description=(
            "Processes of `eport up`: 1, or 2 with customs apart; 0: 2 where there are two cores; "
            "with --ephemeral 1 unless set."
        ),
    )
    seed_demo: bool = Field(False, description="Seed one waiting case for newcomers.")
    pocket_wait: float = Field(
        600.0,
        gt=0,
        le=604_800,
        description=(
            "Seconds of business time that the pockets of one filing have to arrive, from the"
            " first; then the gap is reported."
        ),
    )
    pay_days: int = Field(
        15,
        ge=1,
        le=3650,
        description="Days that an enterprise has to pay a cash levy, from its approval.",
    )
    letter_cover_days: int = Field(
        0,
        ge=0,
        le=3650,
        description="Days that a letter must be valid beyond the 底账 that it secures.",
    )
    manual_over: Decimal = Field(
        Decimal(10_000_000),
        gt=0,
        le=10**12,
        decimal_places=2,
        description="Amount of a 总担保 in 元 from which on a person at customs decides.",
    )
    same_customs: int = Field(
        2,
        ge=0,
        le=4,
        description=(
            "How many leading digits of the 关区 must be those of the enterprise's registration; 0"
            " switches the rule off."
        ),
    )
    answer_days: int = Field(
        10,
        ge=1,
        le=3650,
        description=(
            "Days that an enterprise has to answer a statement of account; then it is overdue."
        ),
    )
    refund_after_close: bool = Field(
        False,
        description=(
            "Whether a levy can be refunded only after its business step was closed at the desk."
        ),
    )
    cash_guarantee_usable: Literal["approval", "payment"] = Field(
        "approval",
        description=(
            "When the quota of a cash guarantee may be used: from its approval, or once its payment"
            " is registered."
        ),
    )

    @property
    def codelists(self) -> Path:
        """Return the folder of imported code lists."""
        return self.home / "codelists"

    @property
    def gateway_url(self) -> str:
        return self.store_url or _url_of(self.home / "gateway.db")

    @property
    def customs_url(self) -> str:
        return self.customs_store_url or _url_of(self.home / "customs.db")


def _url_of(file: Path) -> str:
    from gateway.base.files import sqlite_url  # SQLAlchemy: not for commands without a store

    return sqlite_url(file)
