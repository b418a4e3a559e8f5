"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The desk: questions and answers."""

    name = "tongxin.domain.desk"
    label = "desk"

    def ready(self) -> None:
        """Register messages, what the desk hears of incidents, and the clock of reviews."""
        from tongxin.domain.desk import reactions, reviewing, telling
        from tongxin.kernel import ticking

        telling.register()
        reactions.register()
        ticking.register("desk.reviews", reviewing.EVERY_SECONDS, reviewing.tick)
