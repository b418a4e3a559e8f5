"""The life of an assignment: which act leads from which state to which. Pure."""

from __future__ import annotations

from tongxin.domain.dispatch.models import AssignmentState as S
from tongxin.kernel.lifecycle import Lifecycle, State, Transition


def _act(act: str, sources: tuple[str, ...], target: str) -> Transition:
    return Transition(act=act, sources=frozenset(sources), target=target)


ASSIGNMENT = Lifecycle(
    start=S.ASKED,
    states={
        state.value: State(state.value, ends=state in (S.DONE, S.DECLINED, S.LAPSED, S.RELEASED))
        for state in S
    },
    transitions={
        t.act: t
        for t in (
            _act("accept", (S.ASKED,), S.ACCEPTED),
            _act("decline", (S.ASKED, S.ACCEPTED), S.DECLINED),
            _act("lapse", (S.ASKED,), S.LAPSED),
            _act("depart", (S.ASKED, S.ACCEPTED), S.DEPARTED),
            _act("arrive", (S.ASKED, S.ACCEPTED, S.DEPARTED), S.ARRIVED),
            _act("done", (S.ASKED, S.ACCEPTED, S.DEPARTED, S.ARRIVED), S.DONE),
            _act("release", (S.ASKED, S.ACCEPTED, S.DEPARTED, S.ARRIVED), S.RELEASED),
        )
    },
)

NEXT_STEP = {S.ASKED.value: "accept", S.ACCEPTED.value: "depart", S.DEPARTED.value: "arrive"}
"""The one big button of the phone page, by state; after arrival the incident itself is closed."""

STAMP = {
    "accept": "accepted_at",
    "depart": "departed_at",
    "arrive": "arrived_at",
    "decline": "ended_at",
    "lapse": "ended_at",
    "done": "ended_at",
    "release": "ended_at",
}
"""The column that tells when an act was done."""
