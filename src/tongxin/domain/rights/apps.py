"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class RightsConfig(AppConfig):
    """The desk for people's rights."""

    name = "tongxin.domain.rights"
    label = "rights"

    def ready(self) -> None:
        """Register what is kept, messages, clocks and what the desk hears of incidents."""
        from tongxin.domain.rights import clocks, codes, keeping, reactions, telling
        from tongxin.kernel import ticking

        keeping.register()
        telling.register()
        reactions.register()
        ticking.register("rights.clock", clocks.EVERY_SECONDS, clocks.tick)
        ticking.register("rights.codes", 60.0, codes.sweep)
