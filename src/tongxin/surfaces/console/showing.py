"""What the console's templates need of incidents and plans, in the kit's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tongxin.domain.dispatch import selectors as dispatch
from tongxin.domain.incidents.kinds import Kind
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.selectors import QueueRow
from tongxin.kernel import clock
from tongxin.surfaces.kit.incidents import look

FRESH_SECONDS = 30


def queue_items(rows: Sequence[QueueRow]) -> list[dict[str, Any]]:
    """Return rows of the queue for the macro ``queue_row``, with who is going: one more query."""
    going = dispatch.going([row.id for row in rows])
    return [_queue_item(row, going.get(row.id, ())) for row in rows]


def _queue_item(row: QueueRow, going: Sequence[dispatch.PlannedPerson]) -> dict[str, Any]:
    kind = row.kind_of
    waited = (clock.now() - row.opened_at).total_seconds()
    return {
        "url": reverse("console_incident", args=[row.number]),
        "ref": row.number,
        "kind": row.kind,
        "kind_label": str(kind.words),
        "place": row.place if row.place_exact else _("near %(place)s") % {"place": row.place},
        "what": str(kind.words),
        "state": look(row.look),
        "state_label": row.state_words,
        "due": row.next_due_at if row.is_open else None,
        "clock_label": _("Time left"),
        "who": _who(going),
        "at": row.opened_at,
        "merged": 0,
        "new": row.needs_person and waited < FRESH_SECONDS,
    }


def _who(going: Sequence[dispatch.PlannedPerson]) -> str:
    if not going:
        return ""
    first = going[0].title
    return (
        first
        if len(going) == 1
        else _("%(who)s and %(n)d more")
        % {
            "who": first,
            "n": len(going) - 1,
        }
    )


def plan_parts(view: dispatch.PlanView | None) -> dict[str, Any] | None:
    """Return a plan for the macro ``plan``."""
    if view is None:
        return None
    modes = dispatch.modes_of(person.member_id for person in view.people)
    return {
        "view": view,
        "first": _entries([view.first], modes),
        "lead": _entries([view.lead] if view.lead != view.first else [], modes),
        "support": _entries(view.support, modes),
        "past": _entries(view.past, {}),
    }


def _entries(
    people: Iterable[dispatch.PlannedPerson | None], modes: Mapping[int, str]
) -> list[dict[str, Any]]:
    return [
        {
            "surname": person.title,
            "role": "",
            "ground": person.crew,
            "phone": person.phone,
            "minutes": person.minutes,
            "mode": modes.get(person.member_id, ""),
            "why": list(person.why),
            "state": look(person.look),
            "state_label": person.state_name,
            "estimate": person.estimate,
            "refused": person.state in ("declined", "lapsed"),
            "ref": person.assignment_id,
            "version": person.version,
            "next_act": person.next_act,
        }
        for person in people
        if person is not None
    ]


def steps_of(kind: Kind, incident: Incident) -> list[str]:
    """Return the acts of the procedure that are possible now and have no form of their own."""
    special = {
        "accept",
        "depart",
        "arrive",
        "give_back",
        "close",
        "merge",
        "hand_over",
        "take",
        "refuse",
        "reopen",
    }
    lifecycle = kind.lifecycle
    return [
        act
        for act in lifecycle.transitions
        if act not in special and lifecycle.may(incident.state, act)
    ]
