"""Road closures: what is shut, shutting a segment by its spot on the map, opening it again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.foundation.access import people, policy, selectors
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.roads import actions as roads
from tongxin.foundation.roads import loading
from tongxin.foundation.roads import selectors as road_selectors
from tongxin.foundation.roads.network import Mode
from tongxin.foundation.territory import locating
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.kernel.geometry import Spot
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office import ground, words
from tongxin.surfaces.office.frame import rights_of, show

MAY_CLOSE = (Permission.DISPATCH, Permission.MANAGE_TERRITORY)


@dataclass(frozen=True, slots=True)
class ClosedRoad:
    """A closure as the page shows it; ``line`` is empty when the map in force lacks the segment."""

    id: int
    street: str
    reason: str
    modes: tuple[str, ...]
    until: dt.datetime | None
    at: dt.datetime
    by: str
    lon: float
    lat: float
    line: list[list[float]]


def closed_now() -> list[ClosedRoad]:
    """Return the closures in force, oldest first."""
    rows = list(road_selectors.closures_in_force(clock.now()))
    # The engine is only asked when something is closed: pages that close nothing load no roads.
    graph = getattr(loading.current_network(), "graph", None) if rows else None
    ids = [int(row.closed_by.partition(":")[2]) for row in rows if _is_member(row.closed_by)]
    by: dict[int, people.Person] = selectors.people(ids) if ids else {}
    return [_closed(row, graph, by) for row in rows]


def _closed(row: Any, graph: Any, by: dict[int, people.Person]) -> ClosedRoad:
    place = None if graph is None else graph.position_of_key.get(row.segment_key)
    who = by.get(int(row.closed_by.partition(":")[2])) if _is_member(row.closed_by) else None
    return ClosedRoad(
        id=row.pk,
        street=(graph.street(place) if place is not None else "")
        or str(_("Street without a name")),
        reason=words.of(words.CLOSURE_REASONS, row.reason_code),
        modes=tuple(row.modes),
        until=row.until,
        at=row.closed_at,
        by=who.title if who else str(_("The system")),
        lon=row.lon,
        lat=row.lat,
        line=[] if place is None else graph.line(place).tolist(),
    )


def _is_member(reference: str) -> bool:
    kind, _colon, number = reference.partition(":")
    return kind == "member" and number.isdigit()


@require_GET
@member_page(*rights_of("roads"))
def page(request: HttpRequest) -> HttpResponse:
    """Show what is closed, the form to close a street, and the rush hours in force."""
    return show(request, "roads", context(request), here="roads")


def context(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows: what is closed, the rush hours, what may be set."""
    member = acting_member(request)
    with acting_as(member):
        closed = closed_now()
        rush = road_selectors.rush_hours_in_force()
    return {
        "closed": closed,
        "rush": [(words.of(words.ROADS, name), days) for name, days in rush.items()],
        "rush_roads": [(name, words.of(words.ROADS, name)) for name in rush],
        "may_set_rush": ground.holds_on_branch(member, Permission.MANAGE_TERRITORY),
        "hours": list(range(24)),
        "reasons": [(code, text) for code, text in words.CLOSURE_REASONS.items()],
        "may_close": any(policy.holds(member, right) for right in MAY_CLOSE),
        "center": ground.centre(),
        "typed": request.POST,
    }


@require_POST
@member_page(*MAY_CLOSE)
def close(request: HttpRequest) -> HttpResponse:
    """Close the segment nearest to the spot picked on the map, until a time or until reopened."""
    member = acting_member(request)
    try:
        spot = _spot(request)
        with acting_as(member) as actor:
            _require_there(request, spot)
            made = roads.close_road(
                actor=str(actor),
                spot=spot,
                reason_code=request.POST.get("reason", ""),
                until=_until(request),
                modes=_modes(request),
            )
            for row in made:
                audit.record(actor=str(actor), act="road.closed", subject=f"closure:{row.pk}")
    except TongxinError as error:
        errors = {error.field or "spot": str(error.message)}
        shown = context(request) | {"errors": errors}
        return show(request, "roads", shown, here="roads", status=error.status)
    return HttpResponseRedirect(reverse("office_roads"))


@require_POST
@member_page(*MAY_CLOSE)
def reopen(request: HttpRequest, closure_id: int) -> HttpResponse:
    """Open a closed street again."""
    member = acting_member(request)
    with acting_as(member) as actor:
        standing = road_selectors.closures_in_force(clock.now()).filter(pk=closure_id).first()
        if standing is not None:
            _require_there(request, Spot(standing.lon, standing.lat))
            roads.reopen_road(actor=str(actor), closures=[closure_id])
            audit.record(actor=str(actor), act="road.reopened", subject=f"closure:{closure_id}")
    return HttpResponseRedirect(reverse("office_roads"))


def _require_there(request: HttpRequest, spot: Spot) -> None:
    """A station closes streets on its own ground only."""
    member, area_ids = acting_member(request), locating.locate(spot).area_ids
    if not any(policy.can(member, right, area_ids) for right in MAY_CLOSE):
        policy.require(member, Permission.DISPATCH, area_ids)


def _spot(request: HttpRequest) -> Spot:
    try:
        return Spot(float(request.POST["lon"]), float(request.POST["lat"]))
    except (KeyError, ValueError):
        raise BadInput(
            "closure.spot", _("Pick the street on the map first."), field="spot"
        ) from None


def _until(request: HttpRequest) -> dt.datetime | None:
    text = request.POST.get("until", "")
    moment = ground.local_moment(text) if text else None
    if text and moment is None:
        raise BadInput("closure.until", _("This is no time."), field="until")
    return moment


def _modes(request: HttpRequest) -> tuple[Mode, ...]:
    return (Mode.CAR,) if request.POST.get("for") == "car" else tuple(Mode)
