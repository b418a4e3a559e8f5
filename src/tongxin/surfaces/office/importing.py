"""Imports through the page: a file in its reference system, a dry run, and then the acceptance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tongxin.foundation.access import importing as member_lists
from tongxin.foundation.access import policy
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.foundation.territory import importing, locating
from tongxin.foundation.territory.listing import ListKind
from tongxin.foundation.territory.locating import AreaInfo
from tongxin.foundation.territory.models import Level, Network
from tongxin.foundation.territory.planning import missing
from tongxin.foundation.territory.reading import AreaSource
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.office import uploads
from tongxin.surfaces.office.frame import rights_of, show

AREAS, MEMBERS = "areas", "members"
BAD_SHOWN = 300
NAMES_SHOWN = 30
SORTS = {
    AREAS: (gettext_lazy("Areas"), Permission.MANAGE_TERRITORY),
    ListKind.BUILDINGS.value: (gettext_lazy("Buildings"), Permission.MANAGE_TERRITORY),
    ListKind.POSTS.value: (gettext_lazy("Posts"), Permission.MANAGE_TERRITORY),
    ListKind.LANDMARKS.value: (gettext_lazy("Landmarks"), Permission.MANAGE_TERRITORY),
    MEMBERS: (gettext_lazy("Members"), Permission.MANAGE_MEMBERS),
}
SYSTEMS = ("", "WGS-84", "GCJ-02", "BD-09", "CGCS2000")
KEPT_FIELDS = ("sort", "srs", "other_srs", "network", "level", "others", "columns")
STAY, END = "stay", "end"

Plan = importing.AreaPlan | importing.ListPlan | member_lists.MembersPlan


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the form says about a file."""

    sort: str
    srs: str | None
    constants: dict[str, str]
    columns: dict[str, str]
    keep_others: bool


@require_GET
@member_page(*rights_of("import"))
def page(request: HttpRequest) -> HttpResponse:
    """Show the form; ``?sort=`` chooses what is imported."""
    uploads.forget_old()
    return show(request, "import", _context(request), here="import")


def _context(request: HttpRequest) -> dict[str, Any]:
    member = acting_member(request)
    sorts = _sorts(member)
    asked = (request.POST or request.GET).get("sort", "")
    return {
        "sorts": sorts,
        "sort": asked if asked in dict(sorts) else sorts[0][0],
        "systems": [(name, name or _("as the file or its columns say")) for name in SYSTEMS],
        "networks": Network.choices,
        "levels": Level.choices,
        "typed": request.POST,
        "plan": None,
        "key": "",
        "lacking": 0,
    }


def _sorts(member: Member) -> list[tuple[str, str]]:
    """Return what the member may import: the ground, or members; never both (administrators)."""
    return [
        (code, str(name)) for code, (name, right) in SORTS.items() if policy.holds(member, right)
    ]


@require_POST
@member_page(*rights_of("import"))
def run(request: HttpRequest) -> HttpResponse:
    """Dry-run the file that was handed in, or apply the one that was looked at (``apply``)."""
    member, key = acting_member(request), request.POST.get("key", "")
    try:
        wishes = _wishes(request, member)
        if not key:
            endings = uploads.AREA_ENDINGS if wishes.sort == AREAS else uploads.LIST_ENDINGS
            key = uploads.keep(request.FILES.get("file"), endings, member.pk)
        with acting_as(member) as actor:
            plan, lacking = _plan(uploads.file_of(key, member.pk), wishes)
            if "apply" not in request.POST:
                context = _planned(request, plan, key) | _others(wishes, lacking)
                return show(request, "import", context, here="import")
            done = _apply(plan, actor, accept="accept" in request.POST)
    except TongxinError as error:
        context = _context(request) | {"errors": {error.field or "file": str(error.message)}}
        return show(request, "import", context, here="import", status=error.status)
    uploads.drop(key, member.pk)
    return show(request, "import", _context(request) | {"done": done}, here="import")


def _wishes(request: HttpRequest, member: Member) -> Wishes:
    said = request.POST
    sort = said.get("sort", "")
    if sort not in dict(_sorts(member)):
        raise BadInput("import.sort", _("Choose what to import."), field="sort")
    constants = {name: said[name] for name in ("network", "level") if said.get(name)}
    srs = said.get("other_srs", "").strip() or said.get("srs", "").strip()
    return Wishes(
        sort=sort,
        srs=srs[:60] or None,
        constants=constants,
        columns=_columns(said.get("columns", "")),
        keep_others=said.get("others") != END,
    )


def _columns(text: str) -> dict[str, str]:
    """Read ``code=NUM, name=NAME``: our field, then the file's column."""
    pairs = [each.partition("=") for each in text.replace("，", ",").split(",") if each.strip()]
    if any(not ours.strip() or not theirs.strip() for ours, _equals, theirs in pairs):
        raise BadInput(
            "import.columns", _("Write columns as: code=NUM, name=NAME."), field="columns"
        )
    return {ours.strip(): theirs.strip() for ours, _equals, theirs in pairs}


def _plan(file: Path, wishes: Wishes) -> tuple[Plan, list[AreaInfo]]:
    """Return what the file would do and, for areas, which ones in force it does not have."""
    if wishes.sort == MEMBERS:
        return member_lists.plan_members(file, columns=wishes.columns), []
    if wishes.sort != AREAS:
        kind = ListKind(wishes.sort)
        return importing.plan_lists(kind, file, srs=wishes.srs, columns=wishes.columns), []
    source = AreaSource(srs=wishes.srs, columns=wishes.columns, constants=wishes.constants)
    read = importing.read_areas(file, source)
    plan = importing.plan_areas(read, keep_others=wishes.keep_others)
    return plan, missing(locating.ground_on(plan.day), read.rows)


def _apply(plan: Plan, actor: Actor, *, accept: bool) -> list[tuple[str, int]]:
    """Write a plan; return what was done, as words and numbers."""
    if isinstance(plan, member_lists.MembersPlan):
        applied = member_lists.apply_members(plan, actor=actor, accept=accept)
        return [
            (_("added"), applied.added),
            (_("renewed"), applied.renewed),
            (_("grants given"), applied.granted),
        ]
    if isinstance(plan, importing.ListPlan):
        return [(_("rows written"), importing.apply_lists(plan, actor=str(actor), accept=accept))]
    written = importing.apply_areas(plan, actor=str(actor), accept=accept)
    return [
        (_("areas started"), written.started),
        (_("drawn anew"), written.changed),
        (_("ended"), written.ended),
        (_("rows left out"), written.left_out),
        (_("faults mended by it"), written.faults_mended),
    ]


def _planned(request: HttpRequest, plan: Plan, key: str) -> dict[str, Any]:
    bad: Sequence[Any] = plan.bad
    return _context(request) | {
        "plan": plan,
        "key": key,
        "would": _would(plan),
        "bad": [_bad_row(each) for each in bad[:BAD_SHOWN]],
        "bad_count": len(bad),
        "all_acceptable": all(getattr(each, "acceptable", False) for each in bad),
        "kept": [
            (n, request.POST[n]) for n in KEPT_FIELDS if n != "others" and request.POST.get(n)
        ],
    }


def _others(wishes: Wishes, lacking: Sequence[AreaInfo]) -> dict[str, Any]:
    """Say which areas in force the file lacks, and whether they stay or end."""
    names = [info.name for info in lacking[:NAMES_SHOWN]]
    return {"lacking": len(lacking), "lacking_names": names, "they_stay": wishes.keep_others}


def _bad_row(bad: Any) -> dict[str, Any]:
    return {
        "line": bad.line,
        "code": bad.code,
        "message": bad.message,
        "acceptable": getattr(bad, "acceptable", False),
        "spot": getattr(bad, "spot", None),
        "square_metres": getattr(bad, "square_metres", None),
    }


def _would(plan: Plan) -> list[tuple[str, int]]:
    if isinstance(plan, importing.AreaPlan):
        return [
            (_("new areas"), len(plan.start)),
            (_("drawn anew"), len(plan.change)),
            (_("areas that end"), len(plan.end)),
            (_("bad rows"), len(plan.bad)),
        ]
    return [(_("rows that can be taken"), len(plan.rows)), (_("bad rows"), len(plan.bad))]
