"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig

from tongxin.kernel import ticking


class AuditConfig(AppConfig):
    """An append-only trail of who did and saw what."""

    name = "tongxin.foundation.audit"
    label = "audit"

    def ready(self) -> None:
        """Have the worker seal what is committed and make partitions ahead."""
        from tongxin.foundation.audit import sealing

        ticking.register("audit.seal", sealing.EVERY_SECONDS, sealing.tick)
        ticking.register(
            "audit.partitions", sealing.PARTITIONS_EVERY_SECONDS, sealing.make_partitions
        )
