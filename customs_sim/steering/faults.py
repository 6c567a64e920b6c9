"""The faults that customs can be told to make with its answers: one table, a row each
(``docs/wire.md`` 7.3). Pure.

A row says what goes out in the place of an answer; which answers it strikes is a rule's business
(``fault_rules``). What the gateway makes of each stands in the row too: ``docs/faults.md`` is made
of it, and a test per row holds both sides to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from customs_sim.steering import fault_bodies as bodies
from customs_sim.steering import fault_effects as do
from customs_sim.steering.fault_effects import Effect, Options
from schemas.catalogue import Flow, catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row. ``flows``: the only kinds of message that it is made for (empty: all). ``options``:
    numbers that a rule may change. ``lasting``: once it struck, it holds for every later answer to
    the same filing. ``gateway_zh``, ``gateway_en``: what the gateway makes of it."""

    zh: str
    en: str
    source: str
    gateway_zh: str
    gateway_en: str
    effect: Effect
    flows: tuple[Flow, ...] = ()
    options: Options = field(default_factory=dict)
    lasting: bool = False

    @property
    def types(self) -> tuple[str, ...]:
        """Return the codes of the message types that it is made for; empty for all."""
        return catalogue().of(*self.flows) if self.flows else ()


BEHIND = {"seconds": 60}
IGNORES = ("状态不变, 轨迹中记为过时", "status unchanged; in the timeline as stale")
AS_USUAL = ("照常处理, 终态正确", "read as ever; the right final status")
PARKED = (
    "挂起待查并说明原因; 状态停在上一步, 可用 GRT141 补要",
    "parked with the reason; the status stays one step behind, GRT141 brings the receipt again",
)
FLAGGED = (
    "状态不变, undeliverable 写明代码和原因",
    "status unchanged; undeliverable says code and reason",
)

FAULTS: Mapping[str, Fault] = {
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
    "wrong_correlation": Fault(
        zh="三个编号都指向他人",
        en="all three numbers are somebody else's",
        source="6 #20, #21",
        effect=do.deformed(bodies.misdirected),
        flows=(Flow.STORAGE, Flow.DECISION),
        gateway_zh="等待 10 分钟后挂起, 写明所缺的申报",
        gateway_en=(
            "waits 10 minutes for that filing, then is parked with its number; nothing else moves"
        ),
    ),
    "truncated": Fault(
        zh="内层报文截断",
        en="the package is cut off",
        source="7 not well-formed",
        effect=do.deformed(bodies.cut),
        gateway_zh=PARKED[0],
        gateway_en=PARKED[1],
    ),
    "truncated_transport": Fault(
        zh="DxpMsg 截断",
        en="the DxpMsg is cut off",
        source="7 not well-formed",
        effect=do.deformed(bodies.cut_transport),
        gateway_zh=PARKED[0],
        gateway_en=PARKED[1],
    ),
    "gbk_as_utf8": Fault(
        zh="GBK 内容标为 UTF-8",
        en="GBK bytes labelled UTF-8",
        source="7.3 GBK body with utf-8 declaration; 6 #17",
        effect=do.deformed(bodies.gbk),
        gateway_zh="按 GBK 读取, 终态和汉字正确; 原文照存",
        gateway_en="read as GBK: right status, right characters; archived as it came",
    ),
    "bom": Fault(
        zh="带 BOM",
        en="byte order marks",
        source="7.3 BOM; 6 #5",
        effect=do.deformed(bodies.bom),
        gateway_zh=AS_USUAL[0],
        gateway_en=AS_USUAL[1],
    ),
    "empty_xmlns": Fault(
        zh='xmlns=""',
        en='xmlns="" artefacts',
        source='7.3 xmlns=""; 6 #18',
        effect=do.deformed(bodies.empty_namespaces),
        gateway_zh=AS_USUAL[0],
        gateway_en=AS_USUAL[1],
    ),
    "default_namespace": Fault(
        zh="默认命名空间",
        en="a default namespace",
        source="7.3 namespaces; 2.1",
        effect=do.deformed(bodies.default_namespace),
        gateway_zh=AS_USUAL[0],
        gateway_en=AS_USUAL[1],
    ),
    "prefixed_namespace": Fault(
        zh="带前缀的命名空间",
        en="a prefixed namespace",
        source="7.3 namespaces; 2.1",
        effect=do.deformed(bodies.prefixed),
        gateway_zh=AS_USUAL[0],
        gateway_en=AS_USUAL[1],
    ),
    "intranet": Fault(
        zh="内网写法: xmldsig 命名空间的 Signature, 版本 1.0.0",
        en="内网 dialect: Signature in the xmldsig namespace, version 1.0.0",
        source="2.1",
        effect=do.deformed(bodies.intranet),
        gateway_zh=AS_USUAL[0],
        gateway_en=AS_USUAL[1],
    ),
    "missing_seq_no": Fault(
        zh="没有 SeqNo",
        en="no SeqNo key",
        source="7.3 missing SeqNo",
        effect=do.deformed(bodies.without_seq_no),
        gateway_zh="按 GatewayMsgId 匹配",
        gateway_en="matched by GatewayMsgId",
    ),
    "seq_no_as_reference": Fault(
        zh="只有 etpsPreentNo, 内容是统一编号",
        en="only etpsPreentNo, carrying the SeqNo",
        source="7.3 etpsPreentNo carrying SeqNo; 6 #20",
        effect=do.deformed(bodies.without_keys),
        flows=(Flow.STORAGE, Flow.DECISION),
        gateway_zh="按 18 位统一编号和变更次数匹配",
        gateway_en="matched by the 18 digits and the change count",
    ),
    "senders_reference": Fault(
        zh="只有 etpsPreentNo, 内容是企业内部编号",
        en="only etpsPreentNo, carrying the sender's reference",
        source="6 #20",
        effect=do.by_senders_reference,
        flows=(Flow.STORAGE, Flow.DECISION),
        gateway_zh="仅一笔在途申报时匹配, 否则挂起待查",
        gateway_en="matched when exactly one attempt is open, else parked",
    ),
    "no_result": Fault(
        zh="没有 HdeApprResult",
        en="HdeApprResult absent",
        source="7.3 HdeApprResult absent",
        effect=do.deformed(bodies.without_result),
        flows=(Flow.STORAGE, Flow.DECISION),
        gateway_zh=PARKED[0],
        gateway_en=PARKED[1],
    ),
    "many_notes": Fault(
        zh="多条 CheckInfo",
        en="CheckInfo n times",
        source="7.3 CheckInfo ×n",
        effect=do.notes,
        flows=(Flow.DECISION,),
        options={"times": 50},
        gateway_zh="全部说明都在回执流中",
        gateway_en="every note stands in the feed",
    ),
    "longest_notes": Fault(
        zh="备注达到上限",
        en="notes at the length limit",
        source="7.3 rmk at 255/4000 limit",
        effect=do.deformed(bodies.longest_notes),
        flows=(Flow.STORAGE, Flow.DECISION),
        gateway_zh="全文保留",
        gateway_en="kept whole",
    ),
    "date_only": Fault(
        zh="manageDate 只有日期",
        en="manageDate is a date only",
        source="7.3 manageDate as date only",
        effect=do.deformed(bodies.date_only),
        flows=(Flow.STORAGE, Flow.DECISION),
        gateway_zh="按当日零点处理",
        gateway_en="taken as midnight of that day",
    ),
    "decimal_amount": Fault(
        zh="gasrAmt 带小数",
        en="decimals in gasrAmt, which is whole",
        source="7.3 amount with >2 decimals",
        effect=do.deformed(bodies.decimal_amount),
        gateway_zh=PARKED[0],
        gateway_en=PARKED[1],
    ),
    "pocket_two_first": Fault(
        zh="第 2 个子报文先到",
        en="pocket 2 before pocket 1",
        source="7.3 pocket 2 before pocket 1",
        effect=do.pockets((2, 1)),
        flows=(Flow.DECISION,),
        gateway_zh="先到者决定状态, 文档以带来的为准",
        gateway_en=(
            "the first to come moves the status, the document is taken from whichever brings it"
        ),
    ),
    "pocket_missing": Fault(
        zh="缺一个子报文",
        en="a pocket is missing",
        source="7.3 missing pocket; 6 #23",
        effect=do.pockets((1,)),
        flows=(Flow.DECISION,),
        gateway_zh="状态正确; 文档缺失, 可用 GRT141 补要",
        gateway_en=(
            "the right status without waiting; what the missing one carried can be asked for by"
            " GRT141"
        ),
    ),
    "pocket_repeated": Fault(
        zh="子报文重复且内容不同",
        en="a pocket repeated with other content",
        source="7.3 repeated pocket with other content; 6 #23",
        effect=do.pockets((1, 2), again=True),
        flows=(Flow.DECISION,),
        gateway_zh=IGNORES[0],
        gateway_en=IGNORES[1],
    ),
    "pocket_id_empty": Fault(
        zh="pocket_id 为空",
        en="empty pocket_id",
        source="7.3 empty pocket_id; 6 #24",
        effect=do.pockets((1, 2), ""),
        flows=(Flow.DECISION,),
        gateway_zh=AS_USUAL[0],
        gateway_en=AS_USUAL[1],
    ),
    "root_c134": Fault(
        zh="客户端故障回执 Root C134",
        en="Root C134, the failure of the client",
        source="7.3 Root C134; 2.7",
        effect=do.deformed(bodies.client_failure),
        gateway_zh="挂起待查: 代码和原因, 且不含任何编号",
        gateway_en="parked with code and text: it names no message of ours",
    ),
    "dxp_rep_2001": Fault(
        zh="DxpRep 2001 接收方不存在",
        en="DxpRep 2001: receiver does not exist",
        source="7.3 DxpRep 2001/2002; 1.2",
        effect=do.platform("2001", "接收方不存在"),
        gateway_zh=FLAGGED[0],
        gateway_en=FLAGGED[1],
    ),
    "dxp_rep_2002": Fault(
        zh="DxpRep 2002 实际接收方不符",
        en="DxpRep 2002: another receiver than declared",
        source="7.3 DxpRep 2001/2002; 1.2",
        effect=do.platform("2002", "实际接收方与报文所填不符"),
        gateway_zh=FLAGGED[0],
        gateway_en=FLAGGED[1],
    ),
    "dxp_rep_3002": Fault(
        zh="DxpRep 3002 远程连接失败",
        en="DxpRep 3002: remote connect failure",
        source="1.2; 7 remote node down",
        effect=do.platform("3002", "远程连接失败"),
        gateway_zh=FLAGGED[0],
        gateway_en=FLAGGED[1],
    ),
    "unknown_type": Fault(
        zh="未知 message_type",
        en="unknown message_type",
        source="7.3 unknown message_type",
        effect=do.deformed(bodies.unknown_type),
        gateway_zh=PARKED[0],
        gateway_en=PARKED[1],
    ),
}
"""By name. ``source``: the section of ``docs/wire.md``, 7.3 where it is listed there."""
