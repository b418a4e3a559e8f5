"""The alias ``audit`` is a second connection to the same database, not a second database."""

from __future__ import annotations

from typing import Any


class AuditAliasNeverMigrates:
    """Keeps migrations on the alias ``default``."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Refuse migrations on the alias ``audit``; have no opinion elsewhere."""
        return False if db == "audit" else None
