"""What the register holds of somebody, in plain words, for the person it is about.

Nothing is opened. The building is named, never the flat: a number may have a new holder.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxin.domain.homes import keeping, sheet_photos
from tongxin.domain.homes.models import Care, CareMark, Part, Resident
from tongxin.domain.homes.people import amend_resident
from tongxin.foundation.access.scope import Actor, SystemActor, acting_as
from tongxin.kernel.errors import NotFound
from tongxin.kernel.geometry import Spot
from tongxin.plumbing.vault import describing
from tongxin.plumbing.vault.describing import About, Described
from tongxin.plumbing.vault.legal import CONSENTED

_READS = SystemActor("rights")

ABOUT_RESIDENTS = About(
    why=gettext_lazy(
        "So that somebody can be rung when water comes through the ceiling, a door stands open or"
        " a neighbour needs help."
    ),
    ground=gettext_lazy(
        "Your consent, or a guardian's; in single cases a duty by law, which is then named."
    ),
    who=gettext_lazy(
        "The community officer of your ground and the chiefs above; a grid worker sees whom he"
        " entered himself."
    ),
)
ABOUT_REASONS = About(
    why=gettext_lazy("So that it can be examined later whether a look was right."),
    ground=gettext_lazy("PIPL § 51: records of who looked at personal data"),
    who=gettext_lazy("Those who review looks: chiefs and supervisors."),
)

ABOUT_SHEETS = About(
    why=gettext_lazy("So that an officer's paper sheet can be typed in beside its photograph."),
    ground=gettext_lazy("People's Police Law § 21: help in danger, disputes and reports"),
    who=gettext_lazy("Those who keep the plans of that ground; it goes when it is typed in."),
)

ABOUT_VISIT_NOTES = About(
    why=gettext_lazy("So that the next visit asks nothing twice."),
    ground=gettext_lazy("People's Police Law § 21: help in danger, disputes and reports"),
    who=gettext_lazy("Who visits that home next; it goes with the home's people, or after a year."),
)


def register() -> None:
    """Let the register's categories describe themselves."""
    describing.register(
        keeping.CATEGORY, describe=describe, put_right=put_right, about=ABOUT_RESIDENTS
    )
    describing.register("home_reason", about=ABOUT_REASONS)
    describing.register(sheet_photos.CATEGORY, about=ABOUT_SHEETS)
    describing.register(keeping.VISIT_NOTE, about=ABOUT_VISIT_NOTES)


def describe(subject_ids: Collection[int]) -> list[Described]:
    """Describe residents' records; those that are no more are left out."""
    marks = Prefetch("care", CareMark.objects.filter(ended_at__isnull=True), to_attr="needs")
    with acting_as(_READS):
        rows = Resident.objects.filter(subject_id__in=list(subject_ids))
        rows = rows.select_related("flat__unit__building").prefetch_related(marks)
        return [_described(row) for row in rows.defer("flat__unit__building__grams")]


def put_right(subject_id: int, fields: Mapping[str, str], actor: object) -> None:
    """Change name, phone or note of a resident's record; raises as ``amend_resident``."""
    with acting_as(_READS):
        found = Resident.objects.filter(subject_id=subject_id).first()
    if found is None:
        raise NotFound("homes.absent", _("There is no such home, or it is not on your ground."))
    doer: Actor = SystemActor(str(actor).removeprefix("system:"))
    given = {name: text for name, text in fields.items() if name in keeping.FIELDS}
    amend_resident(found.pk, actor=doer, **given)  # type: ignore[arg-type]


def _described(row: Resident) -> Described:
    building, parts = row.flat.unit.building, dict(Part.choices)
    needs = [str(dict(Care.choices)[mark.code]) for mark in row.needs]  # type: ignore[attr-defined]
    what = _("Whom to ring at a home in %(building)s (%(part)s)") % {
        "building": building.label,
        "part": parts[row.part],
    }
    gone = _("You have moved out; it goes by itself after 90 days.") if row.left_at else ""
    return Described(
        subject_id=row.subject_id,
        what=what,
        why=gone or str(ABOUT_RESIDENTS.why),
        area_ids=tuple(row.area_ids),
        spot=Spot(building.lon, building.lat),
        to_find=row.flat.label,
        hidden=row.is_protected,
        is_minor=row.is_minor,
        duty_runs=row.legal_basis not in CONSENTED and row.left_at is None,
        trail=(f"flat:{row.flat_id}",),
        trail_id=row.pk,
        more={
            _("Which home"): row.flat.label,
            _("What you are to it"): str(parts[row.part]),
            **({_("Needs"): "、".join(needs)} if needs else {}),
        },
    )
