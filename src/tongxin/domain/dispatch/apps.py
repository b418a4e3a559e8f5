"""Registers the app."""

from __future__ import annotations

import datetime as dt

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DispatchConfig(AppConfig):
    """The right person on the way."""

    name = "tongxin.domain.dispatch"
    label = "dispatch"

    def ready(self) -> None:
        """Register reactions and tickers."""
        from tongxin.domain.dispatch import describing, reactions, tickers
        from tongxin.plumbing.vault import retention

        reactions.register()
        tickers.register()
        year = dt.timedelta(days=365)
        retention.register(describing.CALLS, keep=year, words=_("Numbers of people who called"))
        describing.register()
