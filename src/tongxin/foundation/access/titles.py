"""How a member is addressed: 李警官, 王辅警, 赵网格员. Only police officers are 警官."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access.models import Role

_FORMS: Mapping[Role, object] = {
    Role.COMMUNITY_OFFICER: _("Officer %(surname)s"),
    Role.PATROL_OFFICER: _("Officer %(surname)s"),
    Role.AUXILIARY: _("Auxiliary %(surname)s"),
    Role.POLICE_ASSISTANT: _("Police assistant %(surname)s"),
    Role.GRID_WORKER: _("Grid worker %(surname)s"),
    Role.VILLAGE_OFFICER: _("Village officer %(surname)s"),
    Role.SECURITY_VOLUNTEER: _("Volunteer %(surname)s"),
    Role.SECURITY_GUARD: _("Security guard %(surname)s"),
    Role.BUILDING_HEAD: _("Building head %(surname)s"),
    Role.RESIDENTS_REPRESENTATIVE: _("Residents' representative %(surname)s"),
    Role.COMMUNITY_CADRE: _("Community cadre %(surname)s"),
    Role.PROPERTY_MANAGER: _("Property manager %(surname)s"),
    Role.SCHOOL_CONTACT: _("School contact %(surname)s"),
    Role.PARTNER: _("Partner %(surname)s"),
    Role.NETWORK_STAFF: _("Network staff %(surname)s"),
    Role.DISPATCHER: _("Dispatcher %(surname)s"),
    Role.STATION_CHIEF: _("Station chief %(surname)s"),
    Role.DEPUTY_STATION_CHIEF: _("Deputy station chief %(surname)s"),
    Role.SUPERVISOR: _("Supervisor %(surname)s"),
    Role.BRANCH_CHIEF: _("Branch chief %(surname)s"),
    Role.SYSTEM_ADMINISTRATOR: _("System administrator %(surname)s"),
    Role.SECURITY_ADMINISTRATOR: _("Security administrator %(surname)s"),
    Role.AUDIT_ADMINISTRATOR: _("Audit administrator %(surname)s"),
}


def title_of(surname: str, role: Role | str) -> str:
    """Return the form of address in the active language."""
    return str(_FORMS[Role(role)]) % {"surname": surname}
