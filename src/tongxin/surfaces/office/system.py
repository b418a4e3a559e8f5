"""The system administrator's own page: how the installation is, without any case."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tongxin.domain.incidents import adopting
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.roads import loading
from tongxin.foundation.territory.models import Network
from tongxin.foundation.territory.selectors import areas, faults
from tongxin.plumbing.channels import registry
from tongxin.surfaces.kit.asking import member_page
from tongxin.surfaces.office import health, words
from tongxin.surfaces.office.frame import show

LOOKS = {"WELL": "done", "LACKING": "waiting", "WRONG": "broken"}


@require_GET
@member_page(Permission.MANAGE_SYSTEM)
def page(request: HttpRequest) -> HttpResponse:
    """Show the doctor's findings, the ground in figures, kinds, ways out; never an incident."""
    found = health.findings()
    valid = areas()
    context = {
        "findings": [
            (words.of(words.SYSTEM_PARTS, each.part), each, LOOKS[each.level]) for each in found
        ],
        "wrong": sum(each.level == "WRONG" for each in found),
        "lacking": sum(each.level == "LACKING" for each in found),
        "by_network": [(n.label, valid.filter(network=n).count()) for n in Network],
        "open_faults": faults().count(),
        "own_kinds": adopting.district_text() is not None,
        "ways": [(words.of(words.CHANNELS, n), registry.is_configured(n)) for n in registry.NAMES],
        "has_map": loading.current_basemap(settings.TONGXIN_DATA) is not None,
    }
    return show(request, "system", context, here="system")
