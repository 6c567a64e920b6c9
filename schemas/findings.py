"""Finding: one thing wrong with one message, said so that a person can mend it, and the catalogue
of technical codes.

Rule findings carry the id of their rule (``S101.07``) and live in the rule tables of ``handlers``
and ``customs_sim``; everything that is wrong before a rule can look (size, encoding, XML, schema,
code lists, identity) has its row here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. ``line`` and ``column`` count from 1 in the inner document; None where there is
    no place."""

    code: str
    layer: str
    severity: str
    message_zh: str
    message_en: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None
    label_zh: str | None = None
    label_en: str | None = None
    value: str | None = None
    wanted: str | None = None
    hint_zh: str | None = None
    hint_en: str | None = None

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a finding points: the element's path, line, column and its two labels."""

    field: str | None = None
    path: str | None = None
    line: int | None = None
    column: int | None = None
    label_zh: str | None = None
    label_en: str | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the catalogue. ``status``: the HTTP status that this code alone would give."""

    layer: str
    status: int
    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""
    severity: str = ERROR


CATALOGUE: dict[str, Entry] = {
    # size and transport
    "SIZE.01": Entry(
        layer="size",
        status=400,
        zh="报文为空",
        en="the body is empty",
        hint_zh="请把 XML 报文放在请求体中",
        hint_en="send the XML message as the request body",
    ),
    "SIZE.02": Entry(
        layer="size",
        status=413,
        zh="报文大小 {f} 字节, 超过上限 {w} 字节",
        en="the body has {f} bytes; at most {w} are taken",
        hint_zh="请拆分报文或去掉附件",
        hint_en="split the message or leave attachments out",
    ),
    "SIZE.03": Entry(
        layer="size",
        status=415,
        zh="不支持的内容类型 {f}",
        en="content type {f} is not read as XML",
        hint_zh="请用 Content-Type: application/xml",
        hint_en="send Content-Type: application/xml",
    ),
    "SIZE.04": Entry(
        layer="size",
        status=400,
        zh="在 {w} 秒内没有收完报文",
        en="the body did not arrive within {w} seconds",
        hint_zh="请检查网络后重发同一报文",
        hint_en="check the network and send the same message again",
    ),
    # encoding
    "ENC.01": Entry(
        layer="encoding",
        status=400,
        zh="不支持的编码 {f}, 应为 {w}",
        en="encoding {f} is not accepted; wanted one of {w}",
        hint_zh="请改用 UTF-8",
        hint_en="write the document in UTF-8",
    ),
    "ENC.02": Entry(
        layer="encoding",
        status=400,
        zh="编码声明与内容不符: 声明为 {f}, 实际内容是 {w}",
        en="wrong encoding label: declared {f}, but the bytes are {w}",
        hint_zh="请把 XML 声明的 encoding 改为 {w}, 或按 {f} 重新输出",
        hint_en="change encoding in the XML declaration to {w}, or write the bytes as {f}",
    ),
    "ENC.03": Entry(
        layer="encoding",
        status=400,
        zh="内容不是有效的 {f}: 第 {w} 字节处无法解码",
        en="the bytes are not valid {f}: cannot be decoded at byte {w}",
        hint_zh="请检查输出程序的编码",
        hint_en="check the encoding of the program that writes the file",
    ),
    "ENC.04": Entry(
        layer="encoding",
        status=200,
        severity=WARNING,
        zh="HTTP 头声明的编码 {f} 与文档编码 {w} 不同, 以文档为准",
        en="the HTTP header says {f}, the document {w}; the document counts",
        hint_zh="请去掉 HTTP 头中的 charset",
        hint_en="drop charset from the HTTP header",
    ),
    # lexical guards
    "GUARD.01": Entry(
        layer="guard",
        status=400,
        zh="不允许 DOCTYPE",
        en="DOCTYPE is not allowed",
        hint_zh="请删除 DOCTYPE 声明",
        hint_en="remove the DOCTYPE",
    ),
    "GUARD.02": Entry(
        layer="guard",
        status=400,
        zh="不允许 ENTITY 声明",
        en="ENTITY declarations are not allowed",
        hint_zh="请删除 ENTITY 声明",
        hint_en="remove the ENTITY declarations",
    ),
    "GUARD.03": Entry(
        layer="guard",
        status=400,
        zh="XML 版本 {f}, 只接受 {w}",
        en="XML version {f}; only {w} is accepted",
        hint_zh='请写 <?xml version="1.0"?>',
        hint_en='write <?xml version="1.0"?>',
    ),
    "GUARD.04": Entry(
        layer="guard",
        status=400,
        zh="命名空间声明 {f} 个, 最多 {w} 个",
        en="{f} namespace declarations; at most {w} are taken",
        hint_zh="请在根元素声明一次",
        hint_en="declare each namespace once, on the root",
    ),
    "GUARD.05": Entry(
        layer="guard",
        status=400,
        zh="同一元素的属性 {f} 个, 最多 {w} 个",
        en="{f} attributes on one element; at most {w} are taken",
        hint_zh="请检查生成程序",
        hint_en="check the program that writes the file",
    ),
    "GUARD.06": Entry(
        layer="guard",
        status=400,
        zh="元素嵌套 {f} 层, 最多 {w} 层",
        en="elements are nested {f} deep; at most {w} are taken",
        hint_zh="请检查生成程序",
        hint_en="check the program that writes the file",
    ),
    "GUARD.07": Entry(
        layer="guard",
        status=400,
        zh="元素的值中不允许注释或处理指令",
        en="a comment or processing instruction stands inside a value",
        hint_zh="请把它移到元素之间",
        hint_en="move it between elements",
    ),
    # parse and shape of the envelope
    "XML.01": Entry(
        layer="parse",
        status=400,
        zh="不是格式良好的 XML: {f}",
        en="not well-formed XML: {f}",
        hint_zh="请用 XML 工具检查该处",
        hint_en="look at that place with any XML tool",
    ),
    "XML.02": Entry(
        layer="parse",
        status=400,
        zh="不认识的根元素 {f}, 应为 {w}",
        en="unknown root element {f}; wanted {w}",
        hint_zh="请用 Package、Signature 或 DxpMsg 作根元素",
        hint_en="use Package, Signature or DxpMsg as root",
    ),
    "XML.03": Entry(
        layer="parse",
        status=400,
        zh="DxpMsg/Data 不是有效的 base64: {f}",
        en="DxpMsg/Data is not valid base64: {f}",
        hint_zh="请对整个业务 XML 作 base64 编码",
        hint_en="encode the whole business XML in base64",
    ),
    "XML.04": Entry(
        layer="parse",
        status=422,
        zh="信封不完整: 找不到 {w}",
        en="the envelope is incomplete: {w} is missing",
        hint_zh="请对照 fixtures 中的样例",
        hint_en="compare with a sample in fixtures",
    ),
    "XML.05": Entry(
        layer="parse",
        status=200,
        severity=WARNING,
        zh="命名空间 {f} 不是已知的方言, 按元素名处理",
        en="namespace {f} belongs to no known dialect; element names count",
        hint_zh="可去掉命名空间",
        hint_en="the namespace can be dropped",
    ),
    # message type and addressing
    "TYPE.01": Entry(
        layer="type",
        status=422,
        zh="未知的报文类型 {f}, 可用 {w}",
        en="unknown message type {f}; known: {w}",
        hint_zh="请改正 EnvelopInfo/message_type",
        hint_en="correct EnvelopInfo/message_type",
    ),
    "TYPE.02": Entry(
        layer="type",
        status=422,
        zh="接收方 {f} 不存在, 应为 {w}",
        en="receiver {f} does not exist; wanted {w}",
        hint_zh="请改正 receiver_id",
        hint_en="correct receiver_id",
    ),
    "TYPE.03": Entry(
        layer="type",
        status=422,
        zh="报文类型 {f} 由海关发出, 企业不能申报",
        en="{f} is sent by customs, not by an enterprise",
        hint_zh="请改正 EnvelopInfo/message_type",
        hint_en="correct EnvelopInfo/message_type",
    ),
    # schema
    "XSD.01": Entry(
        layer="schema",
        status=422,
        zh="缺少元素",
        en="the element is missing",
        hint_zh="请加上 <{field}>, 位置在 {w}",
        hint_en="add <{field}> {w}",
    ),
    "XSD.02": Entry(
        layer="schema",
        status=422,
        zh="值为空, 应为{w}",
        en="the value is empty; wanted {w}",
        hint_zh="请填写",
        hint_en="fill it in",
    ),
    "XSD.03": Entry(
        layer="schema",
        status=422,
        zh="填报“{f}”, 长度 {n}, 应为{w}",
        en='found "{f}", {n} characters; wanted {w}',
        hint_zh="请缩短或补足",
        hint_en="shorten or complete it",
    ),
    "XSD.04": Entry(
        layer="schema",
        status=422,
        zh="填报“{f}”, 应为{w}",
        en='found "{f}"; wanted {w}',
        hint_zh="请改正",
        hint_en="correct it",
    ),
    "XSD.05": Entry(
        layer="schema",
        status=422,
        zh="元素重复出现 {f} 次, 应为 {w} 次",
        en="the element stands {f} times; wanted {w}",
        hint_zh="请删除多余的",
        hint_en="remove the surplus",
    ),
    "XSD.06": Entry(
        layer="schema",
        status=422,
        zh="元素顺序不对, 应在 {w} 之后",
        en="the element is out of order; it belongs after {w}",
        hint_zh="请按规范顺序排列",
        hint_en="keep the order of the specification",
    ),
    "XSD.07": Entry(
        layer="schema",
        status=422,
        zh="不认识的元素 {f}",
        en="unknown element {f}",
        hint_zh="{w}",
        hint_en="{w}",
    ),
    "XSD.08": Entry(
        layer="schema",
        status=422,
        zh="填报“{f}”, 不是实际存在的日期, 应为{w}",
        en='found "{f}", which is not a real date; wanted {w}',
        hint_zh="请改正日期",
        hint_en="correct the date",
    ),
    "XSD.09": Entry(
        layer="schema",
        status=422,
        zh="属性 {f} 不符合规范, 应为{w}",
        en="attribute {f} is wrong; wanted {w}",
        hint_zh="请改正",
        hint_en="correct it",
    ),
    "XSD.10": Entry(
        layer="schema",
        status=422,
        zh="不应有文字内容“{f}”",
        en='text "{f}" may not stand here',
        hint_zh="请删除",
        hint_en="remove it",
    ),
    # code lists and identifiers
    "CODE.01": Entry(
        layer="code",
        status=422,
        zh="代码“{f}”不在代码表 {w} 中",
        en='code "{f}" is not in code list {w}',
        hint_zh="可用 GET /api/v1/codelists/{w} 查询",
        hint_en="see GET /api/v1/codelists/{w}",
    ),
    "CODE.02": Entry(
        layer="code",
        status=422,
        zh="统一社会信用代码“{f}”校验位错误, 应为 {w}",
        en='credit code "{f}" has a wrong check digit; wanted {w}',
        hint_zh="请核对营业执照 (GB 32100-2015)",
        hint_en="compare with the business licence (GB 32100-2015)",
    ),
    "CODE.03": Entry(
        layer="code",
        status=422,
        zh="海关编码“{f}”格式错误",
        en='"{f}" is not a customs registration code',
        hint_zh="10 位: 行政区划 4, 经济区划 1, 性质 1, 序号 4",
        hint_en="10 characters: division 4, zone 1, nature 1, serial 4",
    ),
    # identity (docs/contract.md 1)
    "ID.01": Entry(
        layer="identity",
        status=409,
        zh="报文编号 {f} 已用于另一份内容",
        en="message id {f} was used for other content",
        hint_zh="请换用新的 message_id",
        hint_en="use a new message_id",
    ),
    "ID.02": Entry(
        layer="identity",
        status=404,
        zh="统一编号 {f} 不存在",
        en="no declaration {f}",
        hint_zh="请核对统一编号",
        hint_en="check the number",
    ),
    # pockets: one submission in several messages
    "PKT.01": Entry(
        layer="pocket",
        status=422,
        zh="分包报文的 pocket_id 为空, 各子报文须填写同一标识",
        en="pocket_id is empty; all pockets of one submission share it",
        hint_zh="请填写 pocket_id",
        hint_en="fill in pocket_id",
    ),
    "PKT.02": Entry(
        layer="pocket",
        status=422,
        zh="子报文序号为 {f}, 应为 1 至 {w}",
        en="this is pocket {f}; wanted 1 to {w}",
        hint_zh="请改正 cur_pocket_no 或 total_pocket_qty",
        hint_en="correct cur_pocket_no or total_pocket_qty",
    ),
    "PKT.03": Entry(
        layer="pocket",
        status=422,
        zh="附件不能单独报送, 须与申报同属一组子报文 (total_pocket_qty 大于 1)",
        en=(
            "an attachment cannot come alone; it is a pocket of a declaration (total_pocket_qty"
            " above 1)"
        ),
        hint_zh="请与申报共用 pocket_id",
        hint_en="share the pocket_id of the declaration",
    ),
    "PKT.04": Entry(
        layer="pocket",
        status=422,
        zh="附件大小填报 {f} 字节, 实际 {w} 字节",
        en="the file is said to have {f} bytes; it has {w}",
        hint_zh="请核对 FileSize 和 FileData",
        hint_en="compare FileSize and FileData",
    ),
    "PKT.05": Entry(
        layer="pocket",
        status=422,
        zh="附件摘要填报“{f}”, 实际为 {w}",
        en='the digest of the file is said to be "{f}"; it is {w}',
        hint_zh="请核对 FileHashMethod、FileHash 和 FileData",
        hint_en="compare FileHashMethod, FileHash and FileData",
    ),
    "PKT.06": Entry(
        layer="pocket",
        status=409,
        zh="与同组子报文不一致: 填报“{f}”, 同组为 {w}",
        en='found "{f}"; the other pockets say {w}',
        hint_zh="请改正, 或换用新的 pocket_id",
        hint_en="correct it, or use a new pocket_id",
    ),
    "PKT.07": Entry(
        layer="pocket",
        status=409,
        zh="该组第 {f} 个子报文已收到, 内容不同, 不能更换",
        en="pocket {f} is here already with other content",
        hint_zh="替换附件请用原序号和原 UUID; 终审后不能更换",
        hint_en="a file is replaced under its own number and UUID, until the decision",
    ),
    "PKT.08": Entry(
        layer="pocket",
        status=409,
        zh="该 pocket_id 已用于统一编号 {w}",
        en="this pocket_id is in use by declaration {w}",
        hint_zh="请换用新的 pocket_id",
        hint_en="use a new pocket_id",
    ),
    "PKT.09": Entry(
        layer="pocket",
        status=422,
        zh="报文类型 {f} 不能分包",
        en="{f} cannot be split into pockets",
        hint_zh="请以单个报文报送 (total_pocket_qty 为 1)",
        hint_en="send it as one message (total_pocket_qty 1)",
    ),
    # several messages in one request
    "BATCH.01": Entry(
        layer="batch",
        status=400,
        zh="不是可读的 ZIP 或 multipart: {f}",
        en="neither a readable ZIP nor multipart: {f}",
        hint_zh="请重新打包后发送, 例如 curl --data-binary @batch.zip",
        hint_en="pack it again and send it, e.g. curl --data-binary @batch.zip",
    ),
    "BATCH.02": Entry(
        layer="batch",
        status=413,
        zh="共 {f} 个文件, 一次最多 {w} 个",
        en="{f} files; at most {w} are taken at a time",
        hint_zh="请分成几批",
        hint_en="send several batches",
    ),
    "BATCH.03": Entry(
        layer="batch",
        status=400,
        zh="其中没有文件",
        en="there is no file in it",
        hint_zh="请放入至少一个 XML 报文",
        hint_en="put at least one XML message into it",
    ),
    "BATCH.04": Entry(
        layer="batch",
        status=413,
        zh="解包后 {f} 字节, 一次最多 {w} 字节",
        en="{f} bytes unpacked; at most {w} are taken at a time",
        hint_zh="请分成几批",
        hint_en="send several batches",
    ),
    "BATCH.05": Entry(
        layer="batch",
        status=422,
        zh="文件已加密",
        en="the file is encrypted",
        hint_zh="请不设密码打包",
        hint_en="pack it without a password",
    ),
    "BATCH.06": Entry(
        layer="batch",
        status=422,
        zh="文件名“{f}”含有绝对路径、.. 或控制字符",
        en='the file name "{f}" has an absolute path, .. or control characters',
        hint_zh="请用普通文件名",
        hint_en="use a plain file name",
    ),
    "BATCH.07": Entry(
        layer="batch",
        status=422,
        zh="文件本身是压缩包或 multipart, 应为 XML 报文",
        en="the file is itself packed; wanted an XML message",
        hint_zh="请直接打包 XML 文件; 单个 ZIP 请作为请求体发送",
        hint_en="pack the XML files themselves; a single ZIP is the request body",
    ),
    "BATCH.08": Entry(
        layer="batch",
        status=422,
        zh="文件无法解包: {f}",
        en="the file cannot be unpacked: {f}",
        hint_zh="请重新打包 (deflate 或不压缩)",
        hint_en="pack it again (deflate or stored)",
    ),
    "BATCH.09": Entry(
        layer="batch",
        status=422,
        zh="文件名“{f}”重复, 只收第一个",
        en='the file name "{f}" stands here twice; only the first is taken',
        hint_zh="请改名后重发这一个",
        hint_en="rename this one and send it again",
    ),
    # access
    "AUTH.01": Entry(
        layer="access",
        status=401,
        zh="缺少密钥或密钥无效",
        en="the key is missing or not valid",
        hint_zh="请带上 Authorization: Bearer KEY",
        hint_en="send Authorization: Bearer KEY",
    ),
    "AUTH.03": Entry(
        layer="access",
        status=403,
        zh="这里需要操作员密钥",
        en="this needs an operator's key",
        hint_zh="eport up 的 operator_key, 或 eport keys --add NAME --admin",
        hint_en="the operator_key of eport up, or eport keys --add NAME --admin",
    ),
    "BUSY.01": Entry(
        layer="access",
        status=503,
        zh="网关繁忙, 未保存, 请稍后重发同一报文",
        en="the gateway is busy; nothing was stored",
        hint_zh="按 Retry-After 重发同一报文",
        hint_en="send the same message again after Retry-After",
    ),
    "QUERY.01": Entry(
        layer="query",
        status=400,
        zh="参数 {field} 的值“{f}”无效, 应为{w}",
        en='parameter {field}: found "{f}"; wanted {w}',
        hint_zh="请改正参数",
        hint_en="correct the parameter",
    ),
    "QUERY.02": Entry(
        layer="query",
        status=404,
        zh="没有这个资源",
        en="there is no such resource",
        hint_zh="请核对地址",
        hint_en="check the address",
    ),
}


def sentence(place: Place, text: str, hint: str, label: str | None, line_word: str) -> str:
    """``field label (line n): text; hint``, the form that a person reads."""
    head = " ".join(part for part in (place.field, label) if part)
    where = f"({line_word})" if line_word else ""
    lead = " ".join(part for part in (head, where) if part)
    lead = f"{lead}: " if lead else ""
    return lead + text + (f"; {hint}" if hint else "")


def compose(
    *,
    code: str,
    layer: str,
    severity: str,
    zh: str,
    en: str,
    hint_zh: str,
    hint_en: str,
    place: Place = NOWHERE,
    value: str | None = None,
    wanted: str | None = None,
) -> Finding:
    """A finding from texts that are filled in already."""
    line_zh = f"第 {place.line} 行" if place.line else ""
    line_en = f"line {place.line}" if place.line else ""
    return Finding(
        code=code,
        layer=layer,
        severity=severity,
        field=place.field,
        path=place.path,
        line=place.line,
        column=place.column,
        label_zh=place.label_zh,
        label_en=place.label_en,
        value=None if value is None else shown(value),
        wanted=wanted,
        message_zh=sentence(place, zh, hint_zh, place.label_zh, line_zh),
        message_en=sentence(place, en, hint_en, place.label_zh, line_en),
        hint_zh=hint_zh or None,
        hint_en=hint_en or None,
    )


def finding(
    code: str,
    place: Place = NOWHERE,
    *,
    found: object = "",
    found_en: object | None = None,
    wanted: object = "",
    wanted_en: object | None = None,
    hint_zh: str | None = None,
    hint_en: str | None = None,
    severity: str | None = None,
) -> Finding:
    """A finding of the catalogue's row ``code``. The ``_en`` variants are for where the two
    languages need other words."""
    row = CATALOGUE[code]
    value = str(found)
    zh = {"f": shown(value), "w": wanted, "n": len(value), "field": place.field or ""}
    en = zh | {
        "w": wanted if wanted_en is None else wanted_en,
        "f": shown(value if found_en is None else str(found_en)),
    }
    return compose(
        code=code,
        layer=row.layer,
        severity=severity or row.severity,
        place=place,
        value=value or None,
        wanted=str(en["w"]) or None,
        zh=row.zh.format_map(zh),
        en=row.en.format_map(en),
        hint_zh=(row.hint_zh if hint_zh is None else hint_zh).format_map(zh),
        hint_en=(row.hint_en if hint_en is None else hint_en).format_map(en),
    )


def shown(value: str, most: int = 80) -> str:
    """A value as it may stand in a sentence: control and direction marks made visible, cut at
    ``most`` characters."""
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in value[: most + 1])
    return text if len(value) <= most else text[:most] + "…"


class Refused(Exception):
    """The message was refused; ``findings`` say why. At least one of them is an error."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(f"{f.code} {f.message_en}" for f in self.findings))

    @property
    def status(self) -> int:
        """The HTTP status: the one of the first error in the order of the checks; rules give
        422."""
        for item in self.findings:
            if item.is_error:
                row = CATALOGUE.get(item.code)
                return row.status if row else 422
        return 422
