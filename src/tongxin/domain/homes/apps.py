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
        from tongxin.domain.homes import (
            asking,
            describing,
            devices,
            keeping,
            regrounding,
            sheet_photos,
            telling,
        )
        from tongxin.domain.incidents import clocks
        from tongxin.foundation.territory import succession
        from tongxin.kernel import ticking
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
        retention.register(
            sheet_photos.CATEGORY,
            keep=dt.timedelta(days=90),
            words=_("Photographs of paper sheets that wait to be filled in"),
            erase=sheet_photos.forget_sheets,
        )
        describing.register()
        retention.register(
            keeping.VISIT_NOTE,
            keep=dt.timedelta(days=365),
            words=_("Notes of visits to homes"),
            erase=keeping.forget_notes,
        )
        ticking.register("homes.ground", regrounding.EVERY_SECONDS, regrounding.tick)
        succession.on_succession(regrounding.carry)
        ticking.register("homes.visits", devices.SWEEP_EVERY_SECONDS, devices.sweep)
        devices.register()
        clocks.on(asking.CLOCK)(asking.on_due)
        telling.register()
