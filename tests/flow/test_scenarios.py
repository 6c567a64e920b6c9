"""Scenarios through both sides: the shipped ones, what they may say, how they are set, and that
they survive a crash."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from customs_sim.cli.start import set_scenario
from customs_sim.steering.scenarios import scenario, shipped
from customs_sim.steering.yaml_reading import BadText
from fixtures.kit.pair.pair import Pair
from gateway.base.errors import BadSetting
from tests.conftest import Api, eventually
from tests.factories import grt101, grt111, grt111_fields
from tests.flow.test_faults import AFTER_MIDNIGHT, RETURNED, Both, both_at, settled

HOUR = 3600.0


async def play(both: Both, text: str) -> Any:
    """Set a scenario, by its name or its text."""
    body = {"name": text} if text in shipped() else {"text": text}
    answer = await both.api.control("PUT", "/scenario", body)
    assert answer.status == 200, answer.body.decode()
    return answer.json


async def rule_hits(both: Both) -> dict[str, tuple[int, int]]:
    found = (await both.api.control("GET", "/scenario")).json
    return {rule["name"]: (rule["seen"], rule["hits"]) for rule in found["rules"]}


def test_every_shipped_scenario_is_read_and_bears_its_file_s_name() -> None:
    for name, text in shipped().items():
        assert (scenario(text).name, bool(scenario(text).title)) == (name, True)


@pytest.mark.parametrize("name", ["instant", "realistic", "manual"])
@pytest.mark.slow
async def test_a_profile_and_the_scenario_of_its_name_give_the_same_answers(
    tmp_path: Path, name: str
) -> None:
    found = []
    for way in ("profile", "scenario"):
        async with both_at(tmp_path / way, profile=name if way == "profile" else "instant") as both:
            if way == "scenario":
                await play(both, name)
            for number, fields in enumerate(({}, RETURNED, {"gasrAmt": "10000000"}), 1):
                seq_no = (await both.api.taken(grt101(f"R{number}", number, **fields)))["seq_no"]
                for seconds in (5, 15, 8):
                    await settled(both)
                    await eventually(lambda: no_task_due(both), what="no task due")
                    both.advance(seconds)
                end = {1: "approved", 2: "returned", 3: "review"}[number]
                await both.api.until(seq_no, "received" if name == "manual" else end)
            await settled(both)
            worklist = (await both.api.control("GET", "/worklist")).json["items"]
            found.append(
                (await both.feed(), [(case["case_no"], case["status"]) for case in worklist])
            )
    assert found[0] == found[1]


async def no_task_due(both: Both) -> bool:
    at = await both.pair.customs.office.store.read(both.pair.customs.office.sql.next_task)
    return at is None or at > both.clock.now().timestamp() * 1e6


async def test_approve_all_approves_large_amounts_and_returns_what_a_rule_forbids(
    tmp_path: Path,
) -> None:
    async with both_at(tmp_path / "home", profile="manual") as both:
        await play(both, "approve-all")
        await both.api.approved(grt101("R1", 1, gasrAmt="10000000"))
        await both.api.until(
            (await both.api.taken(grt101("R2", 2, **RETURNED)))["seq_no"], "returned"
        )
        assert await rule_hits(both) == {"all": (2, 2)}


async def test_a_reference_prefix_is_returned_and_others_follow_the_profile(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "return-by-prefix")
        await both.api.approved(grt101("R1", 1))
        seq_no = (await both.api.taken(grt101("RET-1", 2)))["seq_no"]
        await both.api.until(seq_no, "returned")
        assert (await both.api.receipts())[-1]["notes"] == [
            "担保材料不全",
            "请补充后重新申报 (please complete and file again)",
        ]
        assert await rule_hits(both) == {"returned": (1, 1)}


async def test_a_case_for_a_person_is_approved_after_two_hours(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "review-then-approve")
        seq_no = (await both.api.taken(grt101("R1", 1)))["seq_no"]
        await both.api.until(seq_no, "review")
        assert [
            c["status"] for c in (await both.api.control("GET", "/worklist")).json["items"]
        ] == ["review"]
        both.advance(2 * HOUR + 1)
        await both.api.until(seq_no, "approved")
        assert (await both.api.control("GET", "/scenario")).json["ended"] == 1


async def test_a_person_who_is_faster_than_the_scenario_decides(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "review-then-approve")
        seq_no = (await both.api.taken(grt101("R1", 1)))["seq_no"]
        await both.api.until(seq_no, "review")
        await both.api.control(
            "POST",
            "/decisions",
            {"items": [{"seq_no": seq_no, "result": "return", "notes": ["不同意"]}]},
        )
        both.advance(2 * HOUR + 1)
        await eventually(lambda: no_task_due(both), what="the wait is over")
        await settled(both)
        assert (await both.api.declaration(seq_no))["status"] == "returned"
        assert [r for _, r, _ in await both.feed()] == ["1", "Y", "2", "3"]


async def test_slow_customs_takes_hours(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "slow-customs")
        seq_no = (await both.api.taken(grt101("R1", 1)))["seq_no"]
        await both.api.until(seq_no, "sent")
        both.advance(301)
        await both.api.until(seq_no, "received")
        await eventually(lambda: no_task_due(both), what="GRT200")
        both.advance(HOUR)
        await eventually(lambda: no_task_due(both), what="the taking")
        assert (await both.api.declaration(seq_no))["status"] == "received"
        both.advance(24 * HOUR)
        await both.api.until(seq_no, "approved")


async def test_the_night_stop_ends_in_a_morning_burst(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home", AFTER_MIDNIGHT) as both:
        await play(both, "night-stop")
        numbers = [(await both.api.taken(grt101(f"R{n}", n)))["seq_no"] for n in range(1, 6)]
        for seq_no in numbers:
            await both.api.until(seq_no, "sent")
        both.advance(4 * HOUR + 1)
        for seq_no in numbers:
            await both.api.until(seq_no, "approved")


async def test_duplicate_receipts_change_nothing(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "duplicate-receipts")
        await both.api.approved(grt101("R1", 1))
        await settled(both)
        assert await both.feed() == [
            ("GRT200", "1", False),
            ("GRT201", "1", False),
            ("GRT201", "1", True),
        ]


async def test_three_after_two_is_returned(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "three-after-two")
        seq_no = (await both.api.taken(grt101("R1", 1)))["seq_no"]
        await both.api.until(seq_no, "review")
        both.advance(HOUR + 1)
        await both.api.until(seq_no, "returned")


async def test_a_lost_storage_receipt_is_proved_by_the_decision(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "lost-storage-receipt")
        seq_no = (await both.api.approved(grt101("R1", 1)))["seq_no"]
        assert [e["event"] for e in await both.api.timeline(seq_no)] == [
            "declared",
            "sent",
            "stored",
            "approved",
        ]
        assert await both.feed() == [("GRT201", "1", False)]


async def confirmation(both: Both, number: int, status: str) -> tuple[str, bytes]:
    """A levy that customs issued, and its confirmation as a single letter filed."""
    api = both.api
    order = {
        "enterprise": "1105910159",
        "customs": "0100",
        "amount": "1000.50",
        "biz_type": "2",
        "biz_no": "C010016A0471",
        "oriact_no": "C010016A0471",
    }
    levy = (await api.control("POST", "/levies", order)).json["levy_no"]
    pending = await eventually(lambda: levy_row(api, levy, "pending"), what="the levy")
    fields = {name: value for name, value in pending["fields"].items() if value}
    own = {
        "gurTypecd": "2",
        "gurModecd": "2",
        "paymnModecd": "1",
        "ltguaNo": f"LG-{number}",
        "gurValidDate": "",
        "gasrNo": "",
        "ltguaValidDate": "2028-11-22 00:00:00",
        "etpsConcErName": "张三",
        "etpsConcErTelnum": "010-88886666",
        "pmnEtpsNm": "北京某某保税科技有限公司",
        "pmnEtpsOpaccBankNm": "中国工商银行北京朝阳支行",
        "pmnEtpsBankAcctnum": "0200003409089123456",
    }
    body = grt111(number, **dict.fromkeys(grt111_fields(), "") | fields | own)
    taken = await api.taken(body)
    await api.until(taken["seq_no"], status)
    return levy, body


async def levy_row(api: Api, levy: str, status: str) -> Any:
    items = (await api.get("/levies", params={"q": levy})).json["items"]
    return next((item for item in items if item["status"] == status), None)


async def test_a_guarantee_type_is_confirmed_again_and_then_decided(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "reconfirm-type")
        levy, body = await confirmation(both, 1, "received")
        both.advance(601)
        asked = await eventually(
            lambda: levy_row(both.api, levy, "pending"), what="the levy asked again"
        )
        assert asked["fields"]["emapvMarkcd"] == "5"
        again = body.replace(b"20261123100000" + b"00000000001", b"20261123100000" + b"00000000002")
        assert again != body
        seq_no = (await both.api.taken(again))["seq_no"]
        await both.api.until(seq_no, "approved")
        assert await rule_hits(both) == {"again": (1, 1), "first": (1, 1)}


async def test_a_guarantee_type_is_rejected(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "reject-type")
        await confirmation(both, 1, "returned")
        assert (await both.api.receipts())[-1]["notes"] == ["担保类型不符合要求"]


@pytest.mark.slow
async def test_every_tenth_is_refused(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, "every-tenth-refused")
        ends = []
        for n in range(1, 21):
            taken = await both.api.taken(grt101(f"R{n}", n))
            ends.append((await both.api.until(taken["seq_no"], "approved", "refused"))["status"])
        assert [n for n, end in enumerate(ends, 1) if end == "refused"] == [10, 20]
        assert await rule_hits(both) == {"tenth": (20, 2)}


@pytest.mark.slow
async def test_a_flaky_link_ends_well_and_the_same_with_the_same_seed(tmp_path: Path) -> None:
    seen = []
    for run in ("one", "two"):
        async with both_at(tmp_path / run) as both:
            await play(both, "flaky")
            numbers = []
            for n in range(1, 13):
                numbers.append((await both.api.taken(grt101(f"R{n}", n)))["seq_no"])
                await eventually(lambda: cases(both, len(numbers)), what="a case")  # noqa: B023
            await settled(both)
            both.advance(1201)
            for seq_no in numbers:
                await both.api.until(seq_no, "approved")
            assert await both.parked() == []
            log = (await both.api.control("GET", "/faults/log")).json["items"]
            seen.append([(item["case_no"], item["message_type"], item["fault"]) for item in log])
    assert seen[0] == seen[1]
    assert len({fault for _, _, fault in seen[0]}) >= 4


async def cases(both: Both, count: int) -> bool:
    found = await both.pair.customs.office.store.read(
        lambda c: c.exec_driver_sql("SELECT count(*) FROM c_cases").scalar()
    )
    return bool(found == count)


# what a scenario may say


BY_AMOUNT = """
name: by-amount
rules:
  - name: large
    match: {field: {path: "GrtMessage/GrtGasrLevyBsc/gasrAmt", over: 400000}}
    steps: [{answer: stored}, {answer: not_taken, notes: [太大]}]
  - name: letters
    match: {field: {path: "//gurModecd", value: "2"}, chance: 1}
    steps: [{answer: stored}, {fault: repeat},
    {answer: approve, when: {outcome: approve, status: stored}}, {send: receipts}, {send: sync}]
"""


async def test_a_rule_looks_into_the_document_and_a_step_may_send_and_spoil(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(both, BY_AMOUNT)
        await both.api.until((await both.api.taken(grt101("R1", 1)))["seq_no"], "refused")
        await both.api.approved(grt101("R2", 2, gasrAmt="300000"))
        await settled(both)
        assert (await both.feed())[2:] == [
            ("GRT200", "1", False),
            ("GRT201", "1", False),
            ("GRT201", "1", True),
            ("GRT200", "1", True),
            ("GRT201", "1", True),
            ("GRT302", None, False),
        ]
        assert await rule_hits(both) == {"large": (1, 1), "letters": (1, 1)}


async def test_a_refusal_of_storage_carries_its_reason(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        await play(
            both,
            "name: full\nrules: [{steps: [{wait: 10s}, {answer: not_stored, notes: 存储空间不足},"
            " {answer: approve}]}]",
        )
        seq_no = (await both.api.taken(grt101("R1", 1)))["seq_no"]
        await both.api.until(seq_no, "sent")
        both.advance(11)
        await both.api.until(seq_no, "refused")
        assert [(r["message_type"], r["notes"]) for r in await both.api.receipts()] == [
            ("GRT200", ["存储空间不足"])
        ]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (
            "name: x\nrules:\n  - steps:\n      - answer: maybe\n",
            4,
            'rules[0].steps[0].answer: found "maybe", wanted stored | not_stored',
        ),
        (
            "name: x\nrules:\n  - steps:\n      - answer: stored\n        note: y\n",
            5,
            'rules[0].steps[0]: found "note", wanted one of ',
        ),
        (
            "name: x\nrules:\n  - match: {type: GRT999}\n    steps: [{answer: decide}]\n",
            3,
            'rules[0].match.type: found "GRT999", wanted GRT101',
        ),
        (
            "name: x\nrules:\n  - match: {field: {path: '//['}}\n    steps: [{answer: decide}]\n",
            3,
            "wanted an XPath",
        ),
        (
            "name: x\nrules:\n  - steps:\n      - wait: soon\n",
            4,
            'rules[0].steps[0].wait: found "soon", wanted a duration',
        ),
        (
            "name: x\nrules:\n  - steps:\n      - wait: 1h\n        answer: stored\n",
            4,
            'found "answer, wait", wanted one of answer, wait',
        ),
        ("name: x\nrules:\n  - steps: []\n", 3, "at least one step"),
        ("name: Über\nrules: []\n", 1, "name"),
        ("name: x\n", 1, "rules or faults"),
        ("name: x\nname: y\nrules: []\n", 2, "each key once"),
        ("name: x\nseed: lots\nrules: []\n", 2, "a whole number from 0"),
        ("name: x\nprofile: fast\nrules: []\n", 2, "instant | realistic | manual"),
        ("- a\n- b\n", 1, "keys and values"),
        ("name: [\n", 2, "YAML"),
        ("a: &a [1]\nb: *a\n", 2, "no aliases"),
        ("[" * 5000, 1, "at most 12 levels"),
        ("", 1, "keys and values"),
        ("name: !!python/object/apply:os.system [ls]\nrules: []\n", 1, "one value"),
    ],
    ids=[
        "answer",
        "key",
        "type",
        "xpath",
        "duration",
        "two verbs",
        "no step",
        "name",
        "nothing",
        "key twice",
        "seed",
        "profile",
        "list",
        "cut off",
        "alias",
        "deep",
        "empty",
        "tag",
    ],
)
def test_a_mistake_is_told_with_line_key_found_and_wanted(text: str, line: int, told: str) -> None:
    with pytest.raises(BadText) as caught:
        scenario(text)
    assert told in str(caught.value)
    assert caught.value.problems[0].line == line
    assert caught.value.problems[0].wanted


# how it is set


async def test_a_scenario_is_set_read_validated_and_cleared(tmp_path: Path) -> None:
    async with both_at(tmp_path / "home") as both:
        control = both.api.control
        assert (await control("GET", "/scenario")).json["name"] is None
        names = {item["name"] for item in (await control("GET", "/scenarios")).json["items"]}
        assert names == set(shipped())
        assert (await control("GET", "/scenarios/flaky")).body.decode() == shipped()["flaky"]
        assert (await control("GET", "/scenarios/none")).status == 404
        assert (await control("PUT", "/scenario", {"name": "none"})).status == 400
        raw = await both.api.call(
            "PUT",
            f"{both.api.ready.control}/control/v1/scenario",
            body=BY_AMOUNT.encode(),
            key=both.api.ready.operator_key,
            content_type="application/yaml",
        )
        assert (raw.status, raw.json["name"], raw.json["text"]) == (200, "by-amount", BY_AMOUNT)
        wrong = await control(
            "PUT", "/scenario", {"text": "name: x\nrules:\n  - steps: [{answer: no}]"}
        )
        assert (wrong.status, wrong.codes, wrong.findings[0]["line"]) == (422, ["SCN.01"], 3)
        assert (await control("GET", "/scenario")).json["name"] == "by-amount"
        assert (await control("POST", "/scenario/validate", {"name": "flaky"})).json[
            "valid"
        ] is True
        assert (await control("DELETE", "/scenario")).json["name"] is None


async def test_a_scenario_survives_a_restart_with_its_counts_and_runs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with both_at(home) as both:
        await play(both, "review-then-approve")
        await both.arm({"fault": "date_only", "match": {"type": "GRT999"} | {"type": "GRT201"}})
        seq_no = (await both.api.taken(grt101("R1", 1)))["seq_no"]
        await both.api.until(seq_no, "review")
        await settled(both)
    async with both_at(home) as both:
        assert await rule_hits(both) == {"review": (1, 1)}
        assert (await both.api.control("GET", "/scenario")).json["running"] == 1
        assert await both.hits() == [2]
        await both.api.control("DELETE", "/scenario")
        both.advance(2 * HOUR + 1)
        await both.api.until(seq_no, "approved")


async def test_the_command_line_takes_a_file_or_a_name_and_says_what_is_wrong(
    tmp_path: Path, pair: Pair
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(BY_AMOUNT, encoding="utf-8")
    await set_scenario(pair.customs, file)
    found = await pair.customs.playbook.scenario()
    assert found is not None
    assert found.script.scenario.name == "by-amount"
    await set_scenario(pair.customs, Path("flaky"))
    file.write_text("name: x\nrules:\n  - steps: [{answer: no}]\n", encoding="utf-8")
    with pytest.raises(BadSetting, match=r"line 3, rules\[0\].steps\[0\].answer"):
        await set_scenario(pair.customs, file)
    with pytest.raises(BadSetting, match="wanted a YAML file or one of approve-all"):
        await set_scenario(pair.customs, tmp_path / "none.yaml")


# chance


@pytest.mark.slow
async def test_a_share_of_filings_is_struck_by_the_seed(tmp_path: Path) -> None:
    text = (
        "name: half\nseed: {seed}\nrules: [{{match: {{chance: 0.5}}, steps: [{{answer: stored}},"
        " {{answer: not_taken}}]}}]"
    )
    ends = []
    for run, seed in enumerate((1, 1, 2)):
        async with both_at(tmp_path / str(run)) as both:
            await play(both, text.format(seed=seed))
            found = []
            for n in range(1, 17):
                taken = await both.api.taken(grt101(f"R{n}", n))
                found.append(
                    (await both.api.until(taken["seq_no"], "approved", "refused"))["status"]
                )
            ends.append(found)
    assert ends[0] == ends[1] != ends[2]
    assert set(Counter(ends[0])) == {"approved", "refused"}
