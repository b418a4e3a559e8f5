"""How long what residents told of an incident is kept: three years from its end, photos one.

The vault erases by itself; here is said what there is, and when its time begins and stops.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import events
from tongxin.domain.incidents.models import Incident, Photo
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.plumbing.vault import retention

WORDS = dt.timedelta(days=1_095)
PHOTOS = dt.timedelta(days=365)
_TURNS = ("closed", "merged", "reopened", "undone", "photo_added", "noted")


def register() -> None:
    """Register the categories, and follow the incidents' ends."""
    retention.register(
        "incident", keep=WORDS, starts="end", words=_("Reports, contacts and notes of incidents")
    )
    retention.register(
        "incident_photo",
        keep=PHOTOS,
        starts="end",
        words=_("Photos of incidents"),
        erase=_photos_are_gone,
    )
    for turn in _TURNS:
        events.on(f"incident.{turn}")(follow)


def follow(event: events.Event) -> None:
    """Start the clocks of an incident that has ended, and stop those of one that goes on."""
    incident = event.incident
    subjects = _subjects(incident)
    if incident.closed_at is not None:
        retention.start_clock(subjects, at=incident.closed_at)
    elif event.name in ("incident.reopened", "incident.undone"):
        retention.stop_clock(subjects)


def _subjects(incident: Incident) -> list[int]:
    photos = Photo.objects.filter(incident=incident, erased_at__isnull=True)
    subjects = list(photos.values_list("subject_id", flat=True))
    return [*subjects, incident.report_ref] if incident.report_ref else subjects


def _photos_are_gone(subject_ids: Collection[int]) -> None:
    with acting_as("retention"):
        Photo.objects.filter(subject_id__in=subject_ids).update(erased_at=clock.now())
