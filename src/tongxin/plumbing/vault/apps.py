"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig

from tongxin.kernel import ticking


class VaultConfig(AppConfig):
    """Encrypted personal data."""

    name = "tongxin.plumbing.vault"
    label = "vault"

    def ready(self) -> None:
        """Have the worker sweep away files that no row knows."""
        from tongxin.plumbing.vault import files

        ticking.register("vault.sweep", 3_600, files.sweep_orphans)
