"""All statements of the gateway as one object, compiled once per store. Decides nothing."""

from __future__ import annotations

from gateway.store.archive_sql import ArchiveSql
from gateway.store.declaration_sql import DeclarationSql
from gateway.store.outbox_sql import OutboxSql
from gateway.store.receipt_sql import ReceiptSql


class Sql(ArchiveSql, DeclarationSql, OutboxSql, ReceiptSql):
    """The statements of all groups of tables."""
