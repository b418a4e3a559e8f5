"""What several pages ask of the ground: own areas, a choice of station, days and periods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.locating import AreaInfo
from tongxin.foundation.territory.models import Level, Network
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound

EMPTY_MIDDLE = "114.30,30.59"
STATION_LEVELS = (Level.BRANCH, Level.STATION)
PERIODS = {"today": 1, "week": 7, "month": 30, "quarter": 90}
PERIOD_WORDS = {
    "today": _("Today"),
    "week": _("7 days"),
    "month": _("30 days"),
    "quarter": _("90 days"),
}


def centre() -> str:
    """Return the middle of the ground as a map's ``center``."""
    bounds = locating.ground_bounds()
    if bounds is None:
        return EMPTY_MIDDLE
    west, south, east, north = bounds
    return f"{(west + east) / 2:.5f},{(south + north) / 2:.5f}"


def stations_of(member: Member, permission: Permission) -> list[AreaInfo]:
    """Return branches and stations of the police network on the member's ground, from the top."""
    ground = scope_of(member, permission)
    infos = locating.ground_on(today()).infos.values()
    mine = [
        info
        for info in infos
        if info.network is Network.POLICE
        and info.level in STATION_LEVELS
        and ground.covers(info.path)
    ]
    return sorted(mine, key=lambda info: (len(info.path), info.number, info.id))


def chosen_station(request: HttpRequest, choices: Collection[AreaInfo]) -> AreaInfo:
    """Return the station asked for (``?area=ID``), else the highest; raises ``NotFound``."""
    asked = request.GET.get("area", "")
    for info in choices:
        if not asked or str(info.id) == asked:
            return info
    raise NotFound("area.unknown", _("There is no such area on your ground."), field="area")


def holds_on_branch(member: Member, permission: Permission) -> bool:
    """Tell whether the member has a right on a whole branch."""
    return any(_is_branch(area_id) for area_id in scope_of(member, permission).area_ids)


def _is_branch(area_id: int) -> bool:
    try:
        return locating.area_info(area_id).level is Level.BRANCH
    except NotFound:
        return False


def today() -> dt.date:
    """Return the district's day."""
    return timezone.localdate(clock.now())


def day_start(day: dt.date) -> dt.datetime:
    """Return the moment at which a day of the district begins."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def period_of(request: HttpRequest, usual: str = "month") -> tuple[str, dt.datetime, dt.datetime]:
    """Return the period asked for (``?period=``): its name, start and end."""
    name = request.GET.get("period", usual)
    name = name if name in PERIODS else usual
    start = day_start(today() - dt.timedelta(days=PERIODS[name] - 1))
    return name, start, clock.now()


def local_moment(text: str) -> dt.datetime | None:
    """Read what a ``datetime-local`` or ``date`` field sends, in the district's zone."""
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return timezone.make_aware(moment) if moment.tzinfo is None else moment
