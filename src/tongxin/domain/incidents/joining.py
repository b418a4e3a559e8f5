"""Two reports of one thing become one; one report of two things becomes two."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import policy
from tongxin.domain.incidents.acting import Act, announce, perform
from tongxin.domain.incidents.intake import report
from tongxin.domain.incidents.models import Incident, Source
from tongxin.domain.incidents.reports import Report
from tongxin.domain.incidents.timeline import Line, append, record
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.kernel.geometry import Spot


def merge(
    incident_id: int,
    *,
    into: int,
    actor: Actor,
    version: int | None = None,
    words: str | None = None,
) -> Incident:
    """Merge an incident into another: it ends, both keep their history, both reporters hear.

    Returns the incident that goes on. Raises ``Conflict`` when that one is itself merged or closed,
    ``BadInput`` for an incident into itself.
    """
    if incident_id == into:
        raise BadInput("merge.itself", _("An incident cannot be merged into itself."), field="into")
    with transaction.atomic():
        _lock(incident_id, into)
        incident, main = policy.find(incident_id, actor), policy.find(into, actor)
        policy.require(actor, Permission.TRIAGE, incident.area_ids)
        policy.require(actor, Permission.TRIAGE, main.area_ids)
        if not main.is_open:
            raise Conflict(
                "merge.closed", _("The other one is closed; open it again first."), field="into"
            )
        carried = _carry_on(incident, main)
        act = Act(
            "merge",
            {"into": main.pk, "number": main.number, "carried": carried},
            words,
            changes={"merged_into_id": main.pk},
        )
        perform(incident, act, actor=actor, version=version)
        record(
            main,
            "merged",
            actor=actor,
            payload={"incident": incident.pk, "number": incident.number},
        )
    return main


def split(
    incident_id: int,
    *,
    actor: Actor,
    kind: str,
    what: str = "",
    spot: Spot | None = None,
    version: int | None = None,
) -> Incident:
    """Make another part of what was reported an incident of its own; return the new one.

    The reporter's contact stays with the first incident.
    """
    with transaction.atomic():
        _lock(incident_id)
        incident = policy.find(incident_id, actor)
        policy.require(actor, Permission.TRIAGE, incident.area_ids)
        if not incident.is_open:
            raise Conflict("incident.closed", _("This is closed; open it again first."))
        place = spot or Spot(incident.lon, incident.lat)
        part = report(
            Report(kind, place, Source.MEMBER, what, place="" if spot else incident.place),
            actor=actor,
        ).incident
        Incident.objects.filter(pk=part.pk).update(split_from=incident)
        part.split_from = incident
        payload = {"incident": part.pk, "number": part.number, "kind": kind}
        seq = append(incident, Line("split", payload), actor=actor, version=version)
        announce(incident, "split", actor, seq, payload)
    return part


def _carry_on(incident: Incident, main: Incident) -> list[int]:
    """Let those merged into ``incident`` follow ``main`` from now on; return their ids."""
    carried = list(Incident.objects.filter(merged_into=incident).values_list("pk", flat=True))
    Incident.objects.filter(pk__in=carried).update(merged_into=main)
    return carried


def _lock(*ids: int) -> None:
    """Lock incidents in the order of their ids, so that two merges at once cannot dead-lock."""
    list(Incident.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
