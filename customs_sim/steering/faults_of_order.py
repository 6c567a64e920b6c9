"""Faults of when an answer comes, how often, and after which other answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from customs_sim.steering import fault_effects as do
from customs_sim.steering.fault import BEHIND, IGNORES, Fault
from schemas.catalogue import Flow

ORDER: Mapping[str, Fault] = {
    "drop": Fault(
        zh="丢失",
        en="the answer is lost",
        source="7.3 silence; 7 receipt lost",
        effect=do.nothing,
        gateway_zh="后面的回执证明前面的步骤; 最后的回执丢失时状态停住, 可用 GRT141 补要",
        gateway_en=(
            "a later receipt proves the step; when the last one is lost the status stays, GRT141"
            " brings it again"
        ),
    ),
    "silence": Fault(
        zh="无任何回执",
        en="no answer at all",
        source="7.3 silence",
        effect=do.nothing,
        lasting=True,
        gateway_zh="停在成功发送至海关",
        gateway_en="stays sent",
    ),
    "accepts_only": Fault(
        zh="入库但不处理",
        en="accepts but does not process",
        source="7.3 silence",
        effect=do.only_stored,
        lasting=True,
        gateway_zh="停在海关接收成功",
        gateway_en="stays received",
    ),
    "delay": Fault(
        zh="延迟",
        en="comes late",
        source="4 timing",
        effect=do.delayed,
        options=BEHIND,
        gateway_zh="到达时照常处理",
        gateway_en="applied when it comes",
    ),
    "night_stop": Fault(
        zh="夜间停机, 清晨集中到达",
        en="nothing from 00:00 to 05:00, then a burst",
        source="7.3 night burst; 6 #27",
        effect=do.until_morning,
        gateway_zh="05:00 后按到达次序处理",
        gateway_en="applied in order of arrival after 05:00",
    ),
    "duplicate": Fault(
        zh="同一报文重复到达",
        en="the same message arrives again",
        source="7.3 duplicate receipt; 6 #29",
        effect=do.twice,
        options={"times": 1},
        gateway_zh="第二份确认后丢弃, 不留痕迹",
        gateway_en="the second one is acknowledged and dropped",
    ),
    "repeat": Fault(
        zh="同一回执以新传输再发",
        en="the same receipt in a new transport",
        source="7.3 duplicate receipt",
        effect=do.repeated,
        options={"times": 1},
        gateway_zh="状态不变, 回执流中标记 resent",
        gateway_en="status unchanged; in the feed as resent",
    ),
    "reorder": Fault(
        zh="落后于后续回执",
        en="overtaken by the answers after it",
        source="7.3 receipt before ack; 6 #22",
        effect=do.behind,
        options=BEHIND,
        gateway_zh="后到的回执记为过时, 终态正确",
        gateway_en="what comes late is stale; the right final status",
    ),
    "receipt_before_acknowledgement": Fault(
        zh="审批回执先于入库回执",
        en="GRT2x1 before GRT200",
        source="7.3 receipt before ack; 6 #21",
        effect=do.behind,
        flows=(Flow.STORAGE,),
        options=BEHIND,
        gateway_zh="审批回执补写入库步骤; 入库回执记为过时",
        gateway_en="the decision proves the storage; GRT200 is stale",
    ),
    "three_after_two": Fault(
        zh="转人工之后退单",
        en="2 and then 3",
        source="7.3 3-after-2 equal rank; 2.6",
        effect=do.two_then_three,
        flows=(Flow.DECISION,),
        gateway_zh="退单",
        gateway_en="returned (vendors who compare ranks lose it)",
    ),
    "one_after_three": Fault(
        zh="退单之后通过",
        en="3 and then 1",
        source="7.3 1 after 3; 2.6",
        effect=do.three_then_one,
        flows=(Flow.DECISION,),
        gateway_zh="manageDate 较晚的通过生效, 标记 conflict",
        gateway_en="the later manageDate wins: approved, flag conflict",
    ),
    "older_generation": Fault(
        zh="新变更次数之后到达旧的",
        en="an older generation after the newer",
        source="7.3 older tmsCnt after newer",
        effect=do.older_generation,
        flows=(Flow.DECISION, Flow.ASK, Flow.SYNC),
        gateway_zh=IGNORES[0],
        gateway_en=IGNORES[1],
    ),
    "stale_date": Fault(
        zh="manageDate 更早的相反结论后到",
        en="the opposite decision with an older manageDate afterwards",
        source="7.3 stale returnTime; 6 #14",
        effect=do.stale_date,
        flows=(Flow.DECISION,),
        options={"seconds": 86_400},
        gateway_zh="终态不变, 标记 conflict",
        gateway_en="the final status stays; flag conflict",
    ),
}
"""By name."""
