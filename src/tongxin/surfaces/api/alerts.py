"""A member's own alerts, as the page shows them: each is shown once, in whichever tab is first."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from tongxin.foundation.access.roles import Permission
from tongxin.plumbing.channels import actions, selectors
from tongxin.surfaces.api import shapes
from tongxin.surfaces.api.acting import acting, member_of
from tongxin.surfaces.api.problems import REFUSALS

router = Router(tags=["alerts"])


@router.get("/alerts", response={200: list[shapes.AlertOut], **REFUSALS})
def alerts(request: HttpRequest) -> list[dict[str, Any]]:
    """List the member's alerts that have not been shown yet, the urgent ones first."""
    with acting(request, Permission.SEE_OWN_INCIDENTS):
        waiting = selectors.pending_alerts(member_of(request).pk)
    names = shapes.AlertOut.model_fields.keys()
    return [{name: getattr(alert, name) for name in names} for alert in waiting]


@router.post("/alerts/{alert}/shown", response={200: shapes.ShownOut, **REFUSALS})
def shown(
    request: HttpRequest, alert: Annotated[int, Field(ge=1, le=2**63 - 1)]
) -> dict[str, bool]:
    """Mark an alert as shown; ``first`` says that this call was the one that may show it."""
    with acting(request, Permission.SEE_OWN_INCIDENTS):
        first = actions.mark_shown(alert, member_of(request).pk)
    return {"first": first}
