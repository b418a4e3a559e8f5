"""Registers the app."""

from __future__ import annotations

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """The right person on the way."""

    name = "tongxin.domain.dispatch"
    label = "dispatch"

    def ready(self) -> None:
        """Register reactions and tickers."""
        from tongxin.domain.dispatch import reactions, tickers

        reactions.register()
        tickers.register()
