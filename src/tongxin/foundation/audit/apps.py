"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """An append-only trail of who did and saw what."""

    name = "tongxin.foundation.audit"
    label = "audit"
