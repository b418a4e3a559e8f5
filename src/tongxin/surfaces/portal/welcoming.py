"""I have just moved in: a newcomer asks to be greeted, and sees at once who looks after the place.

Nobody is greeted who did not ask for it; the consent is the newcomer's own.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from tongxin.domain.desk.groups import groups_at
from tongxin.domain.incidents import actions, limits
from tongxin.domain.incidents.models import Incident, Source
from tongxin.domain.rights.codes import check_number
from tongxin.foundation.access.scope import ReporterActor
from tongxin.foundation.access.selectors import people, who_looks_after
from tongxin.kernel.errors import BadInput, NotFound, TongxinError
from tongxin.kernel.geometry import Spot
from tongxin.plumbing.vault.legal import LegalBasis
from tongxin.surfaces.kit.places import ground_center, spot_said
from tongxin.surfaces.kit.rendering import render

KIND = "welcome"
GROUPS_SHOWN = 8
NOTICE_VERSION = "welcome-2026-11"
"""The notice as it stands in ``portal/welcome.html``; new words are a new version."""


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Take the wish in, with consent; then show who looks after the new home."""
    if request.method == "GET":
        return _form(request)
    try:
        limits.admit(address=request.META.get("REMOTE_ADDR", ""))
        taken = _take_in(request)
    except TongxinError as error:
        return _form(request, error)
    return HttpResponseRedirect(reverse("welcome_seen", args=[taken.public_token]))


@require_GET
def seen(request: HttpRequest, token: str) -> HttpResponse:
    """Show the newcomer's officer, grid worker, and where to go on from here."""
    found = Incident.objects.filter(public_token=token, kind=KIND).first() if token else None
    if found is None:
        raise NotFound("incident.absent", _("There is no such report."))
    after = who_looks_after(Spot(found.lon, found.lat))
    context = {
        "place": found.place,
        "officer": after.first,
        "grid_workers": [each for each in after.team.grid_workers if each.phone][:3],
        "groups": _groups(found),
        "token": token,
    }
    return render(request, "portal/welcome_seen.html", context)


def _groups(found: Incident) -> list[dict[str, Any]]:
    """Return the residents' groups of the place, each with whose name and number stand in it."""
    rows = groups_at(found.area_ids, found.place)[:GROUPS_SHOWN]
    keepers = people({row.keeper_id for row in rows})
    return [
        {
            "name": row.name,
            "kind": row.get_kind_display(),
            "place": row.get_place_display(),
            "joining": row.joining,
            "keeper": keepers.get(row.keeper_id),
        }
        for row in rows
    ]


def _form(request: HttpRequest, error: TongxinError | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "said": request.POST,
        "error": error,
        "center": ground_center(),
        "key": request.POST.get("key") or secrets.token_urlsafe(16),
    }
    status = error.status if error else 200
    return render(request, "portal/welcome.html", context, status=status)


def _take_in(request: HttpRequest) -> Incident:
    said = request.POST
    spot = spot_said(said)
    if spot is None:
        words = _("We could not find this place. Choose it from the list, or set the pin.")
        raise BadInput("welcome.place", words, field="place")
    phone, name = said.get("contact_phone", "").strip(), said.get("contact_name", "").strip()
    if not phone:
        words = _("Leave a telephone number, so that we can ring before we come.")
        raise BadInput("welcome.phone", words, field="contact_phone")
    check_number(phone)
    if "agreed" not in said:
        words = _("Without your consent nothing is kept, and nobody comes.")
        raise BadInput("welcome.consent", words, field="agreed")
    given = actions.Report(
        kind=KIND,
        spot=spot,
        source=Source.PORTAL,
        place_said=(said.get("place", "").strip() + said.get("home", "").strip())[:200],
        contact_name=name,
        contact_phone=phone,
        legal_basis=LegalBasis.CONSENT,
        notice_version=NOTICE_VERSION,
    )
    return actions.report(given, actor=ReporterActor(), idempotency_key=said.get("key")).incident
