"""What stands in the bottom bar of every phone page: how much waits where."""

from __future__ import annotations

from typing import Any

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.scope import acting_as
from tongxin.plumbing.channels import selectors as channels


def frame(member: Member, tab: str) -> dict[str, Any]:
    """Return the chosen tab, and the counts of tasks and of alerts not seen yet."""
    with acting_as(member):
        tasks = dispatch.active_of(member)
        alerts = channels.pending_alerts(member.pk)
    return {"tab": tab, "counts": {"today": len(tasks), "messages": len(alerts)}}
