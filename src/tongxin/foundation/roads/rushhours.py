"""The pace of motor traffic by road class and hour of the local day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.roads.profiles import CLASS_CODE
from tongxin.kernel.errors import BadInput

Factors = Mapping[str, Mapping[str, list[float]]]
_FILE = Path(__file__).parent / "data" / "rush_hours.json"
_DAYS = ("workday", "restday")
HOURS = 24
_SATURDAY = 5
LEAST, MOST = 0.1, 20.0


@lru_cache(maxsize=1)
def usual() -> Factors:
    """Return the factors that hold where a district has set none."""
    factors: Factors = json.loads(_FILE.read_text("utf-8"))["factors"]
    return factors


def pace(factors: Factors, moment: dt.datetime) -> dict[str, float]:
    """Return the factor of each road class at a moment (aware), by the district's own zone."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    day = "restday" if local.weekday() >= _SATURDAY else "workday"
    by_class = {name: float(days[day][local.hour]) for name, days in factors.items()}
    links = {f"{name}_link": factor for name, factor in by_class.items()}
    return {**{name: f for name, f in links.items() if name in CLASS_CODE}, **by_class}


def checked(factors: Any) -> Factors:
    """Refuse a table of factors that is not whole.

    Raises:
        BadInput: an unknown road class, a day without 24 numbers, or a number out of 0.1 to 20.
    """
    if not isinstance(factors, Mapping) or set(factors) - set(CLASS_CODE):
        raise BadInput("roads.rush_class", _("The table names an unknown road class."),
                       field="factors")  # fmt: skip
    for days in factors.values():
        if not isinstance(days, Mapping) or not all(_whole(days.get(day)) for day in _DAYS):
            raise BadInput(
                "roads.rush_hours",
                _("Each road class needs 24 factors between 0.1 and 20 for workday and restday."),
                field="factors",
            )
    return factors


def _whole(hours: object) -> bool:
    return (
        isinstance(hours, list)
        and len(hours) == HOURS
        and all(isinstance(f, int | float) and LEAST <= f <= MOST for f in hours)
    )
