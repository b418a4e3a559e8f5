"""What every page of an incident does alike: open the words, draw the timeline, show a photo."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from tongxin.domain.incidents import policy, selectors
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel.errors import Forbidden, NotFound
from tongxin.plumbing.vault import files
from tongxin.plumbing.vault.purposes import Purpose

LOOKS = {"on_the_way": "coming"}
"""The domain's looks that the kit calls otherwise."""


def look(code: str) -> str:
    """Return the kit's state code for a domain's look."""
    return LOOKS.get(code, code)


def opened(found: Incident, member: Member) -> tuple[dict[str, str], list[selectors.TimelineLine]]:
    """Return the reporter's words and the timeline, opened for handling it, which is recorded.

    Whoever may not open them gets no words, and the timeline without its words.
    """
    purpose = Purpose.HANDLE_INCIDENT.value
    try:
        words = selectors.words_of(found, member, purpose=purpose)
        return words, selectors.timeline(found, member, purpose=purpose)
    except Forbidden:
        return {}, selectors.timeline(found, member)


def timeline_entries(
    found: Incident, lines: list[selectors.TimelineLine], photo_route: str
) -> list[dict[str, Any]]:
    """Return the timeline, newest first, for the macro ``timeline``; photos with their address."""
    photos = dict(found.photos.filter(erased_at__isnull=True).values_list("pk", "token"))
    return [_entry(found, line, photos, photo_route) for line in reversed(lines)]


def _entry(
    found: Incident, line: selectors.TimelineLine, photos: dict[int, str], photo_route: str
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "at": line.at,
        "text": line.sentence,
        "by": line.who,
        "state": "",
        "note": line.text or "",
    }
    token = photos.get(int(line.payload.get("photo", 0) or 0)) if line.act == "photo" else None
    if token:
        entry["photo_url"] = reverse(photo_route, args=[found.number, token])
        entry["photo_alt"] = _("Photo of the incident")
    return entry


def photo_response(member: Member, number: str, token: str) -> HttpResponse:
    """Return one photo of an incident in sight, never cached; the look leaves a trace."""
    with acting_as(member) as actor:
        found = selectors.incident(member, number)
        if not found.photos.filter(token=token, erased_at__isnull=True).exists():
            raise NotFound("photo.absent", _("There is no such photo."))
        if not policy.is_own(actor, found):
            policy.require(actor, Permission.REVEAL, found.area_ids)
        picture = files.open_photo(token, actor=member, purpose=Purpose.HANDLE_INCIDENT.value)
    response = HttpResponse(picture, content_type="image/jpeg")
    response["Cache-Control"] = "no-store"
    return response


def contact_words(member: Member, number: str) -> dict[str, str]:
    """Return the reporter's contact for ringing back: a look of its own, with its own trace."""
    with acting_as(member):
        found = selectors.incident(member, number)
        return selectors.words_of(found, member, purpose=Purpose.CALL_BACK.value)
