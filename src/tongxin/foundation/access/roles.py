"""What each role may do. The table is the whole truth: nothing else grants a right."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from tongxin.foundation.access.models import Role


class Permission(enum.StrEnum):
    """Rights. Each holds on the areas of the grant and everything under them."""

    SEE_INCIDENTS = "see_incidents"
    """See every incident of the area."""
    SEE_OWN_INCIDENTS = "see_own_incidents"
    """See what one has reported or is assigned to, wherever it lies."""
    REPORT = "report"
    TRIAGE = "triage"
    """Set kind and urgency, merge, split, publish."""
    HAND_OVER = "hand_over"
    RESPOND = "respond"
    """Accept, depart, arrive, ask for help."""
    CLOSE = "close"
    NOTE = "note"
    """Add notes and photos to what one may see."""
    REVEAL = "reveal"
    """Read a reporter's words and contact, for a stated purpose."""
    BREAK_GLASS = "break_glass"
    """Look up in an emergency outside one's ground; always reviewed."""
    GO_ON_DUTY = "go_on_duty"
    DISPATCH = "dispatch"
    """Choose or overrule who goes."""
    SEE_POSITIONS = "see_positions"
    MANAGE_CALL_PLAN = "manage_call_plan"
    SEE_REGISTER = "see_register"
    """Use the floor plans of the area's buildings, for a stated purpose."""
    TEND_REGISTER = "tend_register"
    """Keep the floor plans of the area, with the contacts and care marks one entered oneself."""
    APPROVE_LOOKS = "approve_looks"
    """Say yes or no to a look at a minor's record; review looks in an emergency."""
    ANSWER_RIGHTS = "answer_rights"
    """Answer requests of people about their own data: see, copy, correct, delete."""
    SEE_MEMBERS = "see_members"
    SEE_MEASURES = "see_measures"
    """The station's page, promises kept, the reconciliation with the 110 side."""
    SEE_FAULTS = "see_faults"
    SEE_KINDS = "see_kinds"
    IMPORT_INCIDENTS = "import_incidents"
    MANAGE_TERRITORY = "manage_territory"
    MANAGE_KINDS = "manage_kinds"
    MANAGE_SYSTEM = "manage_system"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_GRANTS = "manage_grants"
    MANAGE_TOKENS = "manage_tokens"
    SEE_AUDIT = "see_audit"


_P = Permission

_HELPS = frozenset({_P.SEE_OWN_INCIDENTS, _P.REPORT, _P.RESPOND, _P.NOTE})
_VOLUNTEERS = _HELPS | {_P.GO_ON_DUTY}
_TENDS = _HELPS | {_P.SEE_INCIDENTS, _P.CLOSE, _P.HAND_OVER, _P.SEE_MEMBERS}
_WALKS = _TENDS | {_P.GO_ON_DUTY}
_KEEPS = _WALKS | {_P.TEND_REGISTER}
_OFFICER = _WALKS | {_P.TRIAGE, _P.REVEAL, _P.BREAK_GLASS}
_DESK = frozenset(
    {
        _P.SEE_INCIDENTS,
        _P.SEE_OWN_INCIDENTS,
        _P.REPORT,
        _P.TRIAGE,
        _P.HAND_OVER,
        _P.CLOSE,
        _P.NOTE,
        _P.REVEAL,
        _P.DISPATCH,
        _P.SEE_POSITIONS,
        _P.SEE_MEMBERS,
        _P.SEE_MEASURES,
        _P.SEE_FAULTS,
        _P.SEE_KINDS,
    }
)
_CHIEF = (_DESK | _OFFICER) - {_P.GO_ON_DUTY} | {
    _P.SEE_REGISTER,
    _P.APPROVE_LOOKS,
    _P.MANAGE_CALL_PLAN,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.COMMUNITY_OFFICER: _OFFICER | {_P.SEE_REGISTER, _P.MANAGE_CALL_PLAN},
    Role.PATROL_OFFICER: _OFFICER,
    Role.AUXILIARY: _KEEPS,
    Role.POLICE_ASSISTANT: _KEEPS,
    Role.GRID_WORKER: _KEEPS,
    Role.VILLAGE_OFFICER: _KEEPS,
    Role.SECURITY_VOLUNTEER: _VOLUNTEERS,
    Role.SECURITY_GUARD: _VOLUNTEERS,
    Role.BUILDING_HEAD: _VOLUNTEERS,
    Role.RESIDENTS_REPRESENTATIVE: _HELPS,
    Role.COMMUNITY_CADRE: _TENDS,
    Role.PROPERTY_MANAGER: _HELPS,
    Role.SCHOOL_CONTACT: _HELPS,
    Role.PARTNER: _HELPS,
    Role.NETWORK_STAFF: _WALKS,
    Role.DISPATCHER: _DESK,
    Role.STATION_CHIEF: _CHIEF | {_P.GO_ON_DUTY},
    Role.DEPUTY_STATION_CHIEF: _CHIEF | {_P.GO_ON_DUTY},
    Role.SUPERVISOR: (_DESK - {_P.DISPATCH, _P.TRIAGE, _P.HAND_OVER, _P.CLOSE})
    | {_P.APPROVE_LOOKS, _P.ANSWER_RIGHTS},
    Role.BRANCH_CHIEF: _CHIEF | {_P.ANSWER_RIGHTS},
    # The three administrators are kept apart, and none of them sees a case.
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        {
            _P.MANAGE_TERRITORY,
            _P.MANAGE_KINDS,
            _P.MANAGE_SYSTEM,
            _P.IMPORT_INCIDENTS,
            _P.SEE_FAULTS,
            _P.SEE_KINDS,
        }
    ),
    Role.SECURITY_ADMINISTRATOR: frozenset(
        {_P.MANAGE_MEMBERS, _P.MANAGE_GRANTS, _P.MANAGE_TOKENS, _P.SEE_MEMBERS}
    ),
    Role.AUDIT_ADMINISTRATOR: frozenset({_P.SEE_AUDIT, _P.SEE_MEMBERS}),
}

POLICE_OFFICERS = frozenset(
    {
        Role.COMMUNITY_OFFICER,
        Role.PATROL_OFFICER,
        Role.STATION_CHIEF,
        Role.DEPUTY_STATION_CHIEF,
        Role.SUPERVISOR,
        Role.BRANCH_CHIEF,
    }
)
ADMINISTRATORS = frozenset(
    {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR}
)
VOLUNTEERS = frozenset(
    {
        Role.SECURITY_VOLUNTEER,
        Role.SECURITY_GUARD,
        Role.BUILDING_HEAD,
        Role.RESIDENTS_REPRESENTATIVE,
        Role.PROPERTY_MANAGER,
        Role.SCHOOL_CONTACT,
        Role.PARTNER,
    }
)
"""Those who help of their own will: they see only what they report or are assigned to."""

EMERGENCY_ORDER: tuple[Role, ...] = (
    Role.COMMUNITY_OFFICER,
    Role.VILLAGE_OFFICER,
    Role.PATROL_OFFICER,
    Role.AUXILIARY,
    Role.POLICE_ASSISTANT,
    Role.GRID_WORKER,
    Role.NETWORK_STAFF,
    Role.COMMUNITY_CADRE,
    Role.DEPUTY_STATION_CHIEF,
    Role.STATION_CHIEF,
    Role.DISPATCHER,
    Role.SUPERVISOR,
    Role.BRANCH_CHIEF,
)
"""Who answers for an area, in the order in which a resident in need should ring them."""


def permissions_of(roles: frozenset[Role] | set[Role]) -> frozenset[Permission]:
    """Return every right that any of ``roles`` carries."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))


def roles_with(permission: Permission) -> frozenset[Role]:
    """Return the roles that carry ``permission``."""
    return frozenset(role for role, held in ROLE_PERMISSIONS.items() if permission in held)
