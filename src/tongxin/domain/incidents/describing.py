"""What incidents hold of somebody who reported one, in plain words, for that person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Incident, Photo
from tongxin.foundation.access.scope import SystemActor, acting_as
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.kernel.geometry import Spot
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import describing
from tongxin.plumbing.vault.describing import About, Described

CONTACT = ("contact_name", "contact_phone")
"""What may be put right here; the words of a report stay as they were said."""
_READS = SystemActor("rights")
_ABOUT = About(
    why=gettext_lazy("So that what was reported can be handled, and you hear what became of it."),
    ground=gettext_lazy("People's Police Law § 21: help in danger, disputes and reports"),
    who=gettext_lazy("Those who handle the report on its ground, each look with its purpose."),
)


def register() -> None:
    """Let the categories of incidents describe themselves."""
    describing.register("incident", describe=describe, put_right=put_right, about=_ABOUT)
    describing.register("incident_photo", describe=describe_photos, about=_ABOUT)


def describe(subject_ids: Collection[int]) -> list[Described]:
    """Describe reports by the subject of their words and contact; notes of others are left out."""
    with acting_as(_READS):
        rows = list(Incident.objects.filter(report_ref__in=list(subject_ids)))
        photos: dict[int, list[int]] = defaultdict(list)
        of_these = Photo.objects.filter(incident__in=rows, erased_at__isnull=True)
        for incident_id, subject_id in of_these.values_list("incident_id", "subject_id"):
            photos[incident_id].append(subject_id)
    return [_described(row, row.report_ref or 0, photos[row.pk]) for row in rows]


def describe_photos(subject_ids: Collection[int]) -> list[Described]:
    """Describe photos of reports: what the report is."""
    with acting_as(_READS):
        photos = Photo.objects.filter(subject_id__in=list(subject_ids)).select_related("incident")
        return [_described(photo.incident, photo.subject_id, ()) for photo in photos]


def put_right(subject_id: int, fields: Mapping[str, str], actor: object) -> None:
    """Change how the reporter may be called and rung; raises ``BadInput`` for anything else."""
    given = {f"contact_{name}": text.strip() for name, text in fields.items() if text.strip()}
    if not given or not set(given) <= set(CONTACT):
        raise BadInput("incident.contact", _("Only name and telephone of a report are put right."))
    with acting_as(_READS), vault.opened() as cursor:
        incident = Incident.objects.select_for_update().get(report_ref=subject_id)
        cursor.execute(
            "SELECT legal_basis, basis_rule, notice_version, notice_shown_at, consented_at"
            " FROM vault_entry WHERE subject_id = %s ORDER BY id LIMIT 1",
            [subject_id],
        )
        names = ("legal_basis", "basis_rule", "notice_version", "notice_shown_at", "consented_at")
        ground = dict(zip(names, cursor.fetchone(), strict=True))
        cursor.execute(
            "DELETE FROM vault_entry WHERE subject_id = %s AND field = ANY(%s)",
            [subject_id, list(given)],
        )
        stored = vault.put(
            category="incident",
            fields=given,
            actor=str(actor),
            subject_id=subject_id,
            **ground,
        )
        if (ref := stored.refs.get("contact_phone")) is not None:
            Incident.objects.filter(pk=incident.pk).update(contact_ref=ref)


def _described(row: Incident, subject_id: int, photos: Collection[int]) -> Described:
    day = timezone.localtime(row.opened_at).strftime("%Y-%m-%d")
    what = _("Your report of %(day)s: %(kind)s, %(place)s") % {
        "day": day,
        "kind": _kind(row.kind),
        "place": row.place,
    }
    return Described(
        subject_id=subject_id,
        what=what,
        why=str(_ABOUT.why),
        area_ids=tuple(row.area_ids),
        spot=Spot(row.lon, row.lat),
        to_find=row.number,
        duty_runs=True,  # until its time is over, when it goes by itself
        related=tuple(photos),
        more={str(_("Report number")): row.number},
    )


def _kind(code: str) -> str:
    try:
        return str(registry()[code].words)
    except TongxinError:
        return code
