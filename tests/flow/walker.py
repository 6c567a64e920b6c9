"""Walks a recording against a pair: sends what was sent, does what was done, waits for what came. Stops at the first difference.

Written for the tests of the recorder alone, in terms of nothing but the files of a recording and the two HTTP interfaces.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from schemas.xml import Limits, XmlReader
from tests.conftest import Api


class Stopped(Exception):
    """The replay differs from the recording. ``step`` counts from 1."""

    def __init__(self, step: int, what: str, why: str) -> None:
        super().__init__(f"step {step}, {what}: {why}")
        self.step, self.what, self.why = step, what, why


class Walker:
    """One recording on one pair. ``today``: the business day of that pair."""

    def __init__(self, folder: Path, api: Api, today: date, within: float = 10.0) -> None:
        self._folder, self._api, self._today, self._within = folder, api, today, within
        script = yaml.safe_load((folder / "script.yaml").read_text(encoding="utf-8"))
        self.steps: list[dict[str, Any]] = script["steps"]
        self._values = {name: self._fill(text, "") for name, text in script["variables"].items()}
        self._seen: set[tuple[str, int]] = set()
        self._reader = XmlReader(Limits(size=8 * 1024 * 1024), mislabelled=True)

    async def walk(self) -> None:
        for number, step in enumerate(self.steps, 1):
            what = str(step.get("send") or step.get("do") or step.get("recorded"))
            try:
                await (self._send(step) if "send" in step else self._do(step) if "do" in step else self._receipt(step))
            except AssertionError as error:
                raise Stopped(number, what, str(error)) from error

    def _fill(self, text: str, message_id: str) -> str:
        def value(hole: re.Match[str]) -> str:
            name = hole[1]
            if day := re.fullmatch(r"today(?:([+-]\d+)d)?", name):
                return (self._today + timedelta(days=int(day[1] or 0))).isoformat()
            return {"message_id": message_id, "unique": f"U{secrets.token_hex(6).upper()}",
                    "now": f"{self._today}T10:00:00+08:00"}.get(name) or self._values[name]

        return re.sub(r"\{\{([^}]+)\}\}", value, text)

    def _capture(self, step: Mapping[str, Any], answer: Mapping[str, Any], root: Any = None) -> None:
        for name, where in step.get("capture", {}).items():
            self._values[name] = root.xpath(where)[0].text if where.startswith("//") else str(answer[where])

    async def _send(self, step: Mapping[str, Any]) -> None:
        message_id = f"DXPENT0000000001DXPEDCGRT0000001{self._today:%Y%m%d}100000{secrets.randbelow(10**11):011d}"
        body = self._fill((self._folder / step["send"]).read_text(encoding="utf-8"), message_id).encode()
        reply = await self._api.post(body, enterprise=step["as"])
        assert reply.status == 202, reply.body.decode()[:500]
        wanted = step.get("expect", {}).get("status")
        assert wanted is None or reply.json["status"] == wanted, f"status {reply.json['status']}, wanted {wanted}"
        self._capture(step, reply.json)

    async def _do(self, step: Mapping[str, Any]) -> None:
        method, path = self._fill(step["do"], "").split()
        body = json.loads(self._fill(json.dumps(step["body"]), "")) if "body" in step else None
        if "once_waiting" in step:
            await self._soon(lambda: self._waits(self._fill(step["once_waiting"], "")), "the case does not wait for a person")
        reply = await self._api.control(method, path, body)
        assert reply.status in (200, 201), reply.body.decode()[:500]
        self._capture(step, reply.json)

    async def _waits(self, seq_no: str) -> bool:
        return any(case["seq_no"] == seq_no for case in (await self._api.control("GET", "/worklist")).json["items"])

    async def _receipt(self, step: Mapping[str, Any]) -> None:
        wanted = step["receipt"]
        new = "seq_no" in step.get("capture", {}).values()
        seq_no = self._fill(wanted["seq_no"], "") if "seq_no" in wanted and not new else None

        async def there() -> dict[str, Any] | None:
            rows = (await self._api.get("/receipts", enterprise=step["as"], params={
                "enterprise": step["as"], "after": 0, "limit": 1000})).json["items"]
            return next((row for row in rows if (step["as"], row["seq"]) not in self._seen and row["message_type"] == wanted["type"]
                         and (row["result"] or "") == wanted.get("result", "") and (seq_no is None or row["seq_no"] == seq_no)), None)

        found = await self._soon(there, f"{wanted['type']} {wanted.get('result', '')} did not come")
        self._seen.add((step["as"], found["seq"]))
        root = self._reader.read((await self._api.get(found["links"]["raw"], enterprise=step["as"])).body).root
        for path, text in step.get("assert", {}).items():
            here = [element.text or "" for element in root.xpath(path)]
            assert here == [text], f"{path}: found {here}, wanted {text}"
        self._capture(step, found, root)

    async def _soon(self, look: Any, complaint: str) -> Any:
        deadline = time.monotonic() + self._within
        while not (found := await look()):
            assert time.monotonic() < deadline, complaint
            await asyncio.sleep(0.005)
        return found


