"""How a member is named to colleagues: surname and title; only police officers are 警官."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TITLES: dict[str, str | Promise] = {
    "officer": _("Officer %(surname)s"),
    "communityofficer": _("Officer %(surname)s"),
    "patrolofficer": _("Officer %(surname)s"),
    "auxiliary": _("Auxiliary %(surname)s"),
    "policeassistant": _("Police assistant %(surname)s"),
    "gridworker": _("Grid worker %(surname)s"),
    "villageofficer": _("Village officer %(surname)s"),
    "securityvolunteer": _("Security volunteer %(surname)s"),
    "securityguard": _("Security guard %(surname)s"),
    "volunteer": _("Volunteer %(surname)s"),
    "buildinghead": _("Building head %(surname)s"),
    "residentsrepresentative": _("Residents' representative %(surname)s"),
    "communitycadre": _("Community cadre %(surname)s"),
    "propertymanager": _("Property manager %(surname)s"),
    "schoolcontact": _("School contact %(surname)s"),
    "partner": _("Partner %(surname)s"),
    "networkstaff": _("Network staff %(surname)s"),
    "dispatcher": _("Dispatcher %(surname)s"),
    "stationchief": _("Station chief %(surname)s"),
    "deputystationchief": _("Deputy station chief %(surname)s"),
    "supervisor": _("Supervisor %(surname)s"),
    "branchchief": _("Branch chief %(surname)s"),
    "systemadministrator": _("System administrator %(surname)s"),
    "securityadministrator": _("Security administrator %(surname)s"),
    "auditadministrator": _("Audit administrator %(surname)s"),
}


def titled(surname: str, role: str) -> str:
    """Return e.g. "李警官" or "Officer Li" for a surname and a role's code.

    The code is taken without case, hyphens and underscores. An unknown one gives the surname
    alone: nobody is called 警官 by mistake.
    """
    code = role.lower().replace("_", "").replace("-", "")
    pattern = str(TITLES.get(code, "%(surname)s"))
    return pattern % {"surname": surname}
