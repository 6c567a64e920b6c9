"""Pockets at intake: what a message must say when it is one of several, and what an attachment must
hold. Pure.

How pockets become one declaration is decided in ``gateway.filing.pockets``.
"""

from __future__ import annotations

from collections.abc import Callable

from handlers.contract import Context, SubmissionHandler
from schemas.attachment import Attachment, decode_attachment
from schemas.explain import Explainer
from schemas.findings import ERROR, Finding, Place, compose, finding
from schemas.package import Package
from schemas.xsd import SchemaSet

UNSTRUCTURED = "UNSTRUCTURED"
"""Name of the schema of an attachment."""
PlaceOf = Callable[[str], Place]
"""Where the element of that name stands."""


def is_pocket(package: Package) -> bool:
    """Return whether the message is one of several, or says something of pockets that a message
    by itself cannot say."""
    pocket = package.pocket
    return pocket.total != 1 or pocket.number != 1 or pocket.unstructured


def pocket_findings(package: Package, handler: SubmissionHandler, place: PlaceOf) -> list[Finding]:
    """Return what is wrong with PocketInfo."""
    pocket = package.pocket
    if pocket.unstructured and pocket.total == 1:
        return [finding("PKT.03", place("total_pocket_qty"))]
    if pocket.total == 0:
        least = f"至少 {max(pocket.number, 1)}", f"at least {max(pocket.number, 1)}"
        return [
            finding(
                "XSD.04", place("total_pocket_qty"), found=0, wanted=least[0], wanted_en=least[1]
            )
        ]
    if not handler.drafts and pocket.total > 1:
        return [finding("PKT.09", place("total_pocket_qty"), found=handler.code)]
    findings = []
    if pocket.total > 1 and not pocket.pocket_id.strip():
        findings.append(finding("PKT.01", place("pocket_id")))
    if not 1 <= pocket.number <= pocket.total:
        findings.append(
            finding("PKT.02", place("cur_pocket_no"), found=pocket.number, wanted=pocket.total)
        )
    return findings


def attachment_findings(
    package: Package, context: Context, schemas: SchemaSet, explainer: Explainer, place: PlaceOf
) -> list[Finding]:
    """Return what is wrong with an attachment: its schema, whose it is, and whether the file is the
    one described."""
    if not schemas.valid(UNSTRUCTURED, package.business):
        return list(explainer.explain(UNSTRUCTURED, package.business))
    attachment = decode_attachment(package.business)
    findings = []
    if attachment.owner not in context.acts_for:
        where = place("OwnerCode")
        findings.append(
            compose(
                code="X.01",
                layer="rule",
                severity=ERROR,
                place=where,
                value=attachment.owner,
                wanted="密钥获授权的企业",
                wanted_en="an enterprise that the key may act for",
                zh=f"无权操作企业 {attachment.owner} 的数据",
                en=f"no right to act for {attachment.owner}",
                hint_zh="请填写密钥获授权的企业, 或使用获该企业授权的密钥",
                hint_en="write an enterprise that the key may act for, or use a key for this"
                " enterprise",
            )
        )
    if attachment.content is None:
        findings.append(
            finding(
                "XSD.04",
                place("FileData"),
                found=package.business.findtext("FileData") or "",
                wanted="base64",
            )
        )
    elif attachment.size != len(attachment.content):
        findings.append(
            finding(
                "PKT.04", place("FileSize"), found=attachment.size, wanted=len(attachment.content)
            )
        )
    elif not attachment.is_whole:
        findings.append(
            finding(
                "PKT.05",
                place("FileHash"),
                found=attachment.digest,
                wanted=attachment.actual_digest,
            )
        )
    return findings


def attachment_in(package: Package) -> Attachment | None:
    """Return the attachment in a package that passed the findings above; None for a structured
    pocket."""
    return decode_attachment(package.business) if package.pocket.unstructured else None
