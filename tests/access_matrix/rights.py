"""Who holds which right, written down a second time, by right instead of by role.

The program has the same table by role (``access.roles``). Both must agree, so that a right is given
or taken away in two places, on purpose.
"""

from __future__ import annotations

from tongxin.foundation.access.models import Role
from tongxin.foundation.access.roles import Permission as P

_GROUPS = {
    "beat": "community_officer",
    "patrol": "patrol_officer",
    "staff": "auxiliary police_assistant grid_worker village_officer network_staff",
    "keepers": "auxiliary police_assistant grid_worker village_officer",
    "cadre": "community_cadre",
    "watch": "security_volunteer security_guard building_head",
    "help": "residents_representative property_manager school_contact partner",
    "desk": "dispatcher",
    "chiefs": "station_chief deputy_station_chief",
    "head": "branch_chief",
    "eye": "supervisor",
    "system": "system_administrator",
    "security": "security_administrator",
    "audit": "audit_administrator",
}
_EVERYBODY_ON_THE_GROUND = "beat patrol staff cadre watch help desk chiefs head eye"

_HELD = {
    P.SEE_INCIDENTS: "beat patrol staff cadre desk chiefs head eye",
    P.SEE_OWN_INCIDENTS: _EVERYBODY_ON_THE_GROUND,
    P.REPORT: _EVERYBODY_ON_THE_GROUND,
    P.TRIAGE: "beat patrol desk chiefs head",
    P.HAND_OVER: "beat patrol staff cadre desk chiefs head",
    P.RESPOND: "beat patrol staff cadre watch help chiefs head",
    P.CLOSE: "beat patrol staff cadre desk chiefs head",
    P.NOTE: _EVERYBODY_ON_THE_GROUND,
    P.REVEAL: "beat patrol desk chiefs head eye",
    P.BREAK_GLASS: "beat patrol chiefs head",
    P.GO_ON_DUTY: "beat patrol staff watch chiefs",
    P.DISPATCH: "desk chiefs head",
    P.SEE_POSITIONS: "desk chiefs head eye",
    P.MANAGE_CALL_PLAN: "beat chiefs head",
    P.SEE_REGISTER: "beat chiefs head",
    P.TEND_REGISTER: "keepers",
    P.APPROVE_LOOKS: "chiefs head eye",
    P.ANSWER_RIGHTS: "head eye",
    P.SEE_MEMBERS: "beat patrol staff cadre desk chiefs head eye security audit",
    P.SEE_MEASURES: "desk chiefs head eye",
    P.SEE_FAULTS: "desk chiefs head eye system",
    P.SEE_KINDS: "desk chiefs head eye system",
    P.IMPORT_INCIDENTS: "system",
    P.MANAGE_TERRITORY: "system",
    P.MANAGE_KINDS: "system",
    P.MANAGE_SYSTEM: "system",
    P.MANAGE_MEMBERS: "security",
    P.MANAGE_GRANTS: "security",
    P.MANAGE_TOKENS: "security",
    P.SEE_AUDIT: "audit",
}


def holders(right: P) -> frozenset[Role]:
    """Return the roles that hold a right."""
    return frozenset(
        Role(role) for group in _HELD[right].split() for role in _GROUPS[group].split()
    )


RIGHTS_OF = {role: frozenset(right for right in _HELD if role in holders(right)) for role in Role}
EVERY_RIGHT = frozenset(_HELD)
EVERY_ROLE = frozenset(Role(role) for group in _GROUPS.values() for role in group.split())
