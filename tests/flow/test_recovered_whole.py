"""After the gateway's store was restored, all that customs knows comes back: every screen says what
it said before the loss (``docs/operations``)."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from fixtures.kit.cli.reconcile import differences
from fixtures.kit.cli.recover import recover
from fixtures.kit.replay.reading import script_in
from fixtures.kit.replay.running import Run
from fixtures.kit.replay.session import connected
from fixtures.kit.replay.values import Values
from gateway.cli.keys import keys
from tests.conftest import BEIJING, SHANGHAI, Api, client, eventually, settings_of
from tests.factories import XMLDSIG, attachment, dxp, grt101, pocketed
from tests.flow.test_statement_differences import MANUAL
from tests.flow.test_stories import World
from tests.support.restoring import SIDES, Place, copied, parked, restored
from tests.support.restoring import place as place  # a fixture

LISTS = ("/declarations", "/guarantees", "/levies", "/refunds", "/statements")
OWN = {"updated_at", "seq", "received_at"}
"""What a row has of its own after it came back."""
PDF = b"%PDF-1.4 "


async def everything(api: Api) -> dict[str, dict[str, Any]]:
    """What both enterprises can read, by a name that outlives a loss."""
    found: dict[str, dict[str, Any]] = {}
    for enterprise in (BEIJING, SHANGHAI):
        rows = []
        for path in LISTS:
            limit: dict[str, str | int] = {} if path == "/statements" else {"limit": 1000}
            answer = await api.get(path, params=limit, enterprise=enterprise)
            assert answer.status == 200, answer.body
            for row in answer.json["items"]:
                name = row.get("seq_no") or f"{row['statement_no']}/{row['version']}"
                rows.append((f"{path} {name}", row))
        rows += [
            (f"receipt {r['message_id']}", r) for r in await api.receipts(enterprise=enterprise)
        ]
        found |= {f"{enterprise} {name}": row for name, row in rows}
    return {name: {k: v for k, v in row.items() if k not in OWN} for name, row in found.items()}


async def at_rest(api: Api, receipts: int = 0) -> dict[str, dict[str, Any]]:
    """What can be read once nothing moves any more, and so many receipts are there at least."""
    last: list[Any] = [None, 0]

    async def quiet() -> bool:
        count = [len(await api.receipts(enterprise=e)) for e in (BEIJING, SHANGHAI)]
        last[:] = [count, last[1] + 1 if count == last[0] else 0]
        return bool(last[1] > 10 and sum(count) >= receipts)

    await eventually(quiet, every=0.02, what=lambda: f"a feed at rest (of {receipts}: {last})")
    return await everything(api)


class Played:
    """The flows of the manual and what they leave out, with a copy of the gateway's store before
    some of them."""

    AT = (4, 11, 21, 22)
    """Flows before which a copy is made: a levy asked for, one that is confirmed twice, a request
    that is answered, a group that is half here."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.folder = place.home.parent
        self.copies: list[str] = []

    def copy(self, n: int) -> None:
        if n in self.AT and not self.place.changes:
            copied(self.place.home, self.folder / f"copy{n}", SIDES["gateway"])
            self.copies.append(f"copy{n}")

    async def play(self, pair: Any, api: Api) -> None:
        script, ready = script_in(MANUAL / "script.yaml"), pair.ready
        async with connected(ready.gateway, ready.control, ready.keys, ready.operator_key) as of:
            run = Run(script, of, Values(await of.today(), script.variables))
            await run.begin()
            for n, flow in enumerate(script.flows):
                self.copy(n)
                assert all(done.ok for done in await run.play(flow.steps)), flow.heading
        w = World(api)
        w.numbers = itertools.count(5000)
        for n, step in enumerate((self.reissued, self.fresh, self.files), len(script.flows)):
            self.copy(n)
            await step(w)

    async def reissued(self, w: World) -> None:
        """A levy whose every generation is confirmed, the last but once."""
        no = await w.new_levy("1000.00")
        for amount in ("1500.00", "1700.00"):
            await w.api.approved(await w.confirmation(no))
            again = await w.api.control("POST", f"/levies/{no}/reissue", {"amount": amount})
            assert again.status in (200, 201), again.body
            await w.levy_until(no, levyBlAmt=amount, status="pending")
        await w.api.approved(await w.confirmation(no))
        await w.new_levy("9.00")

    async def fresh(self, w: World) -> None:
        """A request for a new guarantee, answered under its own SeqNo."""
        wanted = {"enterprise": BEIJING, "amount": "700000"}
        assert (await w.api.control("POST", "/guarantee-requests", wanted)).status in (200, 201)

        async def asked() -> Any:
            rows = (await w.api.get("/guarantees", params={"status": "待确认"})).json["items"]
            return rows and rows[0]

        row = await eventually(asked, what="the request")
        made = grt101("NEW", next(w.numbers), seq_no=row["seq_no"], ltguaNo="L9", gasrAmt="700000")
        await w.api.approved(made)

    async def files(self, w: World) -> None:
        """Groups of pockets: one that is whole, one that waits for a file."""
        await w.api.control("PUT", "/profile", {"profile": "manual"})
        for name, numbers in (("P1", (2, 1, 3)), ("P2", (1, 3))):
            for n in numbers:
                taken = await w.api.taken(self.pocket(name, n))
            await w.api.until(taken["seq_no"], "received")
        await w.api.taken(grt101("DRAFT", 7000, flag="0"))
        sent = grt101("S1", 7001, enterprise=SHANGHAI, ltguaNo="LG-S1")
        taken = await w.api.taken(dxp(sent, sender="DXPENT0000000002"), enterprise=SHANGHAI)
        await w.api.until(taken["seq_no"], "received", enterprise=SHANGHAI)

    @staticmethod
    def pocket(name: str, n: int) -> bytes:
        number = 6000 + 10 * int(name[1]) + n
        if n == 1:
            return pocketed(grt101(name, number, ltguaNo=f"LG-{name}"), name, 3, 1)
        return attachment(PDF * n, name, 3, n, number)


def differs(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is not as it was. What was never sent to customs has a SeqNo of its own now."""
    unsent = {r["seq_no"]: r for n, r in before.items() if "/declarations" in n if not r["attempt"]}
    again = {r["seq_no"] for n, r in after.items() if "/declarations" in n if not r["attempt"]}

    def kept(rows: dict[str, Any]) -> dict[str, Any]:
        return {
            name: {k: v for k, v in row.items() if k not in ("seq_no", "links")}
            if row.get("seq_no") in unsent.keys() | again
            else row
            for name, row in rows.items()
            if name.rpartition(" ")[2] not in unsent.keys() | again
        }

    one, other = kept(before), kept(after)
    return {
        name: {
            k: (row.get(k), now.get(k)) for k in row.keys() | now.keys() if row.get(k) != now.get(k)
        }
        for name in one.keys() | other.keys()
        if (row := one.get(name, {})) != (now := other.get(name, {}))
    }


def forms(body: bytes) -> list[bytes]:
    """The same filing as other software would send it again: in a DxpMsg, as a bare Package, in
    another encoding, under the dialect's namespace."""
    package = body[body.index(b"<Package>") : body.index(b"</Package>") + len(b"</Package>")]
    return [
        body,
        dxp(body),
        b'<?xml version="1.0" encoding="UTF-8"?>' + package,
        body.decode().replace("UTF-8", "GB18030", 1).encode("gb18030"),
        body.replace(b"<Signature>", b'<Signature xmlns="%s">' % XMLDSIG.encode(), 1),
    ]


async def goes_on(api: Api, seq_nos: dict[str, str]) -> None:
    """What waited when the store was lost ends as if nothing had been lost."""
    await api.taken(Played.pocket("P2", 2))
    for name in ("P1", "P2", "S1"):
        enterprise = SHANGHAI if name == "S1" else BEIJING
        decision = {"seq_no": seq_nos[name], "result": "approve", "notes": []}

        async def decided(decision: Any = decision) -> bool:
            said = await api.control("POST", "/decisions", {"items": [decision]})
            return bool(said.json["items"][0]["code"] == 200)

        await eventually(decided, what=f"{name} on the work list")
        done = await api.until(seq_nos[name], "approved", enterprise=enterprise)
        assert (done["enterprise_ref"], done["attempt"]) == (name, 1)
    assert (await api.declaration(seq_nos["P2"]))["pockets"]["received"] == [1, 2, 3]


async def repeats(api: Api, seq_nos: dict[str, str], key: str) -> None:
    """Every form of what was sent is known, to each operator that may have sent it."""
    for name in ("P1", "S1"):
        enterprise = SHANGHAI if name == "S1" else BEIJING
        number = {"P1": 6011, "S1": 7001}[name]
        sent = grt101(name, number, enterprise=enterprise, ltguaNo=f"LG-{name}")
        sent = sent if name == "S1" else Played.pocket("P1", 1)
        for form in forms(sent):
            for own in (key, None):
                again = await api.post(form, enterprise=enterprise, key=own)
                assert again.status == 200, again.body.decode()
                assert again.json["seq_no"] == seq_nos[name]
                assert again.json["duplicate"]
        clash = await api.post(sent.replace(b"LG-", b"LX-"), enterprise=enterprise)
        assert (clash.status, clash.codes) == (409, ["ID.01"])
        assert clash.json["original"]["seq_no"] == seq_nos[name]
        other = sent.replace(b"%011d" % number, b"%011d" % (number + 900))
        again = await api.post(other, enterprise=enterprise)
        assert (again.status, again.json["seq_no"]) == (200, seq_nos[name]), again.body


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
async def test_every_screen_says_again_what_it_said(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    played = Played(place)
    async with place.pair():
        pass
    added = await place.said(
        capsys,
        lambda settings, as_json: keys(
            settings, add="second", enterprises=f"{BEIJING},{SHANGHAI}", revoke="", as_json=as_json
        ),
    )
    place.keep(SIDES["gateway"])
    async with place.pair() as pair, client(pair.ready) as api:
        await played.play(pair, api)
        before = await at_rest(api)
    customs = played.folder / "customs"
    if played.copies:
        copied(place.home, customs, SIDES["customs"])
    seq_nos = {
        row["enterprise_ref"]: row["seq_no"]
        for name, row in before.items()
        if "/declarations" in name
    }
    feed = sum("receipt" in name for name in before)
    for copy in (*played.copies, ""):
        if copy:
            restored(place.home, played.folder / copy, SIDES["gateway"])
        else:
            place.put_back(SIDES["gateway"])
        if played.copies:
            restored(place.home, customs, SIDES["customs"])

        told = await place.said(capsys, recover)
        assert told["left"] == [], copy
        assert any("drafts" in note for note in told["notes"]), copy
        async with place.pair("manual") as pair, client(pair.ready) as api:
            assert differs(before, await at_rest(api, feed)) == {}, copy
            if not copy:
                await repeats(api, seq_nos, added["key"])
                await goes_on(api, seq_nos)
        assert await parked(place) == [], copy
        assert await place.missing(capsys) == [], copy
        settings = settings_of(place.home, **place.changes)
        assert await asyncio.to_thread(differences, settings) == [], copy
