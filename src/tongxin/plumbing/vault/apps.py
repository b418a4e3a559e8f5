"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Encrypted personal data."""

    name = "tongxin.plumbing.vault"
    label = "vault"
