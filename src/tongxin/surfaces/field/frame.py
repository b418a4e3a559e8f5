"""What stands in the bottom bar of every phone page: how much waits where."""

from __future__ import annotations

from typing import Any

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.foundation.access import policy
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.plumbing.channels import selectors as channels
from tongxin.surfaces.field.late import keeping_of


def frame(member: Member, tab: str) -> dict[str, Any]:
    """Return the chosen tab, what is new where, who goes on duty, and how the phone keeps acts."""
    with acting_as(member):
        tasks = dispatch.active_of(member)
        alerts = channels.pending_alerts(member.pk)
    return {
        "tab": tab,
        "counts": {"today": len(tasks), "messages": len(alerts), "plans": uses_plans(member)},
        "serves": policy.holds(member, Permission.GO_ON_DUTY),
        "keeping": keeping_of(member),
    }


def uses_plans(member: Member) -> bool:
    """Tell whether the bottom bar leads to floor plans."""
    rights = (Permission.SEE_REGISTER, Permission.TEND_REGISTER)
    return any(policy.holds(member, right) for right in rights)
