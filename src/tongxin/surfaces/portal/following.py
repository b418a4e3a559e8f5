"""A reporter's own page, reached by its token: like a parcel's."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongxin.domain.desk import selectors as desk
from tongxin.domain.incidents import actions, limits, selectors
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.scope import ReporterActor
from tongxin.kernel.errors import NotFound, TongxinError
from tongxin.surfaces.kit.asking import whole_number
from tongxin.surfaces.kit.rendering import render
from tongxin.surfaces.portal.reporting import MAX_PHOTOS, status_address


@require_safe
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Show who, what, when and next; refreshed by itself while something is still to come."""
    return _page(request, token)


def _page(request: HttpRequest, token: str, error: TongxinError | None = None) -> HttpResponse:
    left_out = whole_number(request.GET.get("left_out", "")) or 0
    context = {
        "status": selectors.public_status(token),
        "token": token,
        "answer": desk.told_by(token),
        "error": error,
        "left_out": min(left_out, 99),
        "max_photos": MAX_PHOTOS,
    }
    code = error.status if error else 200
    return render(request, "portal/status.html", context, block="state", status=code)


@require_POST
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Take the reporter's word; unhappy opens the incident again and tells who closed it."""
    try:
        actions.rate(
            token,
            satisfied=request.POST.get("satisfied") == "yes",
            words=request.POST.get("words", "")[:2000],
        )
    except NotFound:
        raise
    except TongxinError as error:
        return _page(request, token, error)
    return HttpResponseRedirect(reverse("status", args=[token]))


@require_POST
def add_photos(request: HttpRequest, token: str) -> HttpResponse:
    """Add photos to one's own report."""
    holder = ReporterActor(token)
    known = Incident.objects.filter(public_token=token).first()
    if known is None:
        raise NotFound("incident.absent", _("There is no such report."))
    try:
        limits.admit(address=request.META.get("REMOTE_ADDR", ""))
        with transaction.atomic():
            for photo in request.FILES.getlist("photos")[:MAX_PHOTOS]:
                actions.add_photo(known.pk, actor=holder, data=photo.read())
    except TongxinError as error:
        return _page(request, token, error)
    return HttpResponseRedirect(status_address(token, request))


@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Explain where the link of a report is; a pasted link or token leads there."""
    said = request.POST.get("link", "").strip().rstrip("/").rsplit("/", 1)[-1]
    if said:
        try:
            selectors.public_status(said)
        except NotFound:
            return render(request, "portal/follow.html", {"unknown": True}, status=404)
        return HttpResponseRedirect(reverse("status", args=[said]))
    return render(request, "portal/follow.html", {"unknown": False})
