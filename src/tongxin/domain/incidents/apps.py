"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Everything that happens, with its procedure and timeline."""

    name = "tongxin.domain.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Refuse a wrong table of kinds, and register what the worker repeats."""
        from tongxin.domain.incidents import clocks, describing, keeping, kinds, limits, promises
        from tongxin.kernel import ticking

        kinds.registry()
        keeping.register()
        describing.register()
        clocks.on("*")(promises.on_due)
        ticking.register("clocks", 0.5, _fire)
        ticking.register("incidents.partitions", 3_600, _ahead)
        ticking.register("incidents.limits", 600, limits.sweep)


def _fire() -> None:
    from tongxin.domain.incidents import clocks

    clocks.fire_due()


def _ahead() -> None:
    from tongxin.domain.incidents import partitions

    partitions.keep_ahead()
