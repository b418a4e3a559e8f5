"""Promises kept, by zone; and whether the 110 side and we count alike."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.incidents import reconciling
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel.errors import Forbidden
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office import ground
from tongxin.surfaces.office.frame import rights_of, show
from tongxin.surfaces.office.tables import csv_answer

AIM = 0.9
"""The share of promises kept that a district aims at; below it a zone is marked."""
BALANCE_DAYS = 31
GAPS_SHOWN = 200


def zones_of(request: HttpRequest, member: Member) -> tuple[str, list[dispatch.ZoneRow]]:
    """Return the period's name and the zones of the member's ground, those worst kept first."""
    name, start, end = ground.period_of(request)
    with acting_as(member):
        return name, dispatch.promise_by_zone(dispatch.Period(start, end), member)


@require_GET
@member_page(*rights_of("promises"))
def page(request: HttpRequest) -> HttpResponse:
    """Show how often the promise of 1, 3 or 5 minutes was kept; ``?period=`` and ``?csv=1``."""
    name, zones = zones_of(request, acting_member(request))
    if request.GET.get("csv"):
        return csv_answer("promises", _HEAD, map(_cells, zones))
    counted = sum(zone.count for zone in zones)
    context = {
        "period": name,
        "periods": list(ground.PERIOD_WORDS.items()),
        "zones": zones,
        "counted": counted,
        "kept": round(sum((z.kept or 0.0) * z.count for z in zones)),
        "possible": round(sum((z.possible or 0.0) * z.count for z in zones)),
        "by_promise": _by_promise(zones),
        "aim": AIM,
        "center": ground.centre(),
        "zoom": 11,
    }
    return show(request, "promises", context, here="promises", block="page")


_HEAD = (
    _("Zone"), _("Promised minutes"), _("Cases"), _("Kept"), _("Best possible"),
    _("Half within (s)"), _("Nine of ten within (s)"), _("Nobody arrived"), _("Too few to say"),
)  # fmt: skip


def _cells(zone: dispatch.ZoneRow) -> tuple[object, ...]:
    return (
        zone.name, zone.promise_minutes, zone.count, _share(zone.kept), _share(zone.possible),
        _whole(zone.p50_s), _whole(zone.p90_s), zone.never_arrived, int(zone.too_few),
    )  # fmt: skip


def _share(value: float | None) -> object:
    return None if value is None else round(value, 3)


def _whole(value: float | None) -> object:
    return None if value is None else round(value)


def _by_promise(zones: list[dispatch.ZoneRow]) -> list[tuple[int, int, int]]:
    """Return promised minutes, promises kept and cases, for the lines above the table."""
    sums: dict[int, list[float]] = {}
    for zone in zones:
        entry = sums.setdefault(zone.promise_minutes, [0.0, 0])
        entry[0] += (zone.kept or 0.0) * zone.count
        entry[1] += zone.count
    return [(minutes, round(kept), int(count)) for minutes, (kept, count) in sorted(sums.items())]


@require_GET
@member_page(*rights_of("balance"))
def balance(request: HttpRequest) -> HttpResponse:
    """Show theirs, ours, the difference and the gaps in their numbers; for the whole branch."""
    member = acting_member(request)
    _require_branch(member)
    day = ground.today()
    with acting_as(member):
        days = reconciling.balance(day - dt.timedelta(days=BALANCE_DAYS - 1), day)
        feeds = sorted({row.feed for row in days})
        gaps = [(feed, reconciling.gaps(feed)[:GAPS_SHOWN]) for feed in feeds]
    if request.GET.get("csv"):
        head = (_("Day"), _("Feed"), _("Theirs"), _("Ours"), _("Refused"), _("Difference"))
        cells = ((r.day, r.feed, r.theirs, r.ours, r.refused, r.difference) for r in days)
        return csv_answer("110-reconciliation", head, cells)
    context = {
        "days": days,
        "gaps": [(feed, ranges) for feed, ranges in gaps if ranges],
        "differing": sum(1 for row in days if row.difference),
    }
    return show(request, "balance", context, here="balance")


def _require_branch(member: Member) -> None:
    """A feed covers the whole branch, so its counts are told to those who answer for the branch."""
    if not ground.holds_on_branch(member, Permission.SEE_MEASURES):
        raise Forbidden(
            "balance.branch", _("The reconciliation covers the whole branch: its staff see it.")
        )
