"""What is done at a door: the visit with its own time, and what follows of its outcome."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import drawing, keeping, stamping
from tongxin.domain.homes.models import Flat, Visit, VisitOutcome
from tongxin.domain.homes.visit_plan import CONFIRMED
from tongxin.foundation.access.scope import MemberActor
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput
from tongxin.plumbing.vault import actions as vault

LONGEST_NOTE = 500
OLDEST = dt.timedelta(days=7)
"""A phone's clock that says it is longer ago than this is not believed further back."""


def own_time(said: dt.datetime) -> dt.datetime:
    """Return a phone's own time of an act: never ahead of ours, never older than a week."""
    now = clock.now()
    return max(min(said, now), now - OLDEST)


def write_visit(
    flat: Flat,
    outcome: str,
    note: str,
    *,
    op_id: uuid.UUID,
    at: dt.datetime,
    actor: MemberActor,
) -> Visit:
    """Write a visit to a flat in the caller's transaction; the flat is in the actor's sight.

    What was confirmed or changed makes the flat fresh as of the visit. A door that stays shut, or
    "不用来", is a visit done like any other. Raises ``BadInput`` for another outcome, a long note.
    """
    if outcome not in VisitOutcome.values:
        raise BadInput("visits.outcome", _("Say what came of the visit."), field="outcome")
    if len(note) > LONGEST_NOTE:
        raise BadInput("homes.note", _("The note is too long."), field="note")
    visit = Visit(
        flat=flat,
        member_id=actor.member.pk,
        outcome=outcome,
        visited_at=at,
        received_at=clock.now(),
        op_id=op_id,
        area_ids=flat.area_ids,
    )
    if note.strip():
        stored = vault.put(
            category=keeping.VISIT_NOTE,
            fields={"words": note.strip()},
            actor=str(actor),
            legal_basis="duty",
            basis_rule="police_law_21",
        )
        visit.note_ref, visit.note_subject = stored.refs["words"], stored.subject_id
    visit.save()
    if outcome in CONFIRMED:
        drawing.confirm_flat(flat.pk, actor=actor, at=at)
    stamping.touch([flat.pk])
    return visit
