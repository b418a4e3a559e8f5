"""Registers the app."""

from __future__ import annotations

import datetime as dt

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomesConfig(AppConfig):
    """Floor plans, households, visits."""

    name = "tongxin.domain.homes"
    label = "homes"

    def ready(self) -> None:
        """Register what is kept and how long, clocks, sentences and messages."""
        from tongxin.domain.homes import asking, describing, keeping, telling
        from tongxin.domain.incidents import clocks
        from tongxin.plumbing.vault import retention

        retention.register(
            keeping.CATEGORY,
            keep=dt.timedelta(days=90),
            starts="end",
            words=_("Residents of the floor plans, after they moved out"),
            erase=keeping.erase_rows,
        )
        retention.register(
            "home_reason",
            keep=dt.timedelta(days=1_095),
            words=_("Reasons for looks into the register, and their review"),
        )
        describing.register()
        clocks.on(asking.CLOCK)(asking.on_due)
        telling.register()
