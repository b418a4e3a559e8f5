"""What is due next in a case, and when: read off the case alone, so that nothing is forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from tongxin.config.demo.calls import handling_seconds
from tongxin.config.demo.figures import Figures
from tongxin.config.demo.kinds import CallKind
from tongxin.config.demo.play.book import Case, Task
from tongxin.config.demo.play.manner import RATE_AFTER_S, RATES, Answer, Manner, dice, happens
from tongxin.domain.incidents.kinds import Kind, registry

QUICK_SHARE, ORDER_SHARE, HAND_OVER_SHARE = 0.5, 0.4, 0.06
QUICK_LONGEST_S = 1500.0
HANDS_OVER = frozenset({"hazard", "enquiry", "service_request"})
_WORK_OF_AN_UNKNOWN_KIND_S = 900.0


@dataclass(frozen=True, slots=True)
class Due:
    """A step that somebody takes at a moment; ``task`` is None for a step of the whole case."""

    at: dt.datetime
    step: str
    case: Case
    task: Task | None = None


class Timetable:
    """Tells what is due in a case. Pure but for the table of kinds."""

    def __init__(self, manner: Manner, figures: Figures) -> None:
        self.manner, self.figures = manner, figures

    def dues(self, case: Case, *, straight: bool = False) -> Iterator[Due]:
        """Yield every next step of the case and of those who are on it.

        ``straight``: nobody there may take the steps between, so that the work ends in closing.
        """
        if not case.is_open:
            yield from self._rating(case)
            return
        for task in case.tasks:
            if task.is_active:
                yield from self._of_task(case, task)
        began = self._work_began(case)
        if straight and began and case.state in ("accepted", "there"):
            yield Due(began + self.work(case), "close", case)
        else:
            yield from self._of_case(case, registry()[case.kind])

    def allowed_s(self, case: Case) -> float:
        """Return how many seconds the asked have to answer."""
        allowed = registry()[case.kind].clocks.get("accept", 60)
        return float(allowed) if isinstance(allowed, int) else 60.0

    def travels(self, case: Case) -> bool:
        """Tell whether somebody has to go there."""
        return "depart" in registry()[case.kind].lifecycle.transitions

    def work(self, case: Case) -> dt.timedelta:
        """Return how long the work on this case takes, drawn from the figures of real calls."""
        if case.kind not in set(CallKind):
            return self.manner.scaled(_WORK_OF_AN_UNKNOWN_KIND_S)
        rng = dice("work", case.pk)
        return self.manner.scaled(handling_seconds(self.figures, CallKind(case.kind), rng))

    def _of_task(self, case: Case, task: Task) -> Iterator[Due]:
        hurry = self.allowed_s(case) <= 60
        if task.state == "asked":
            answer = self.manner.answer(task.pk, hurry=hurry)
            if answer is not Answer.SILENT:
                after = self.manner.answers_after(task.pk, self.allowed_s(case))
                yield Due(task.asked_at + after, answer.value, case, task)
        elif task.state == "accepted" and task.accepted_at and self.travels(case):
            leaves = self.manner.leaves_after(task.pk, hurry=hurry)
            yield Due(task.accepted_at + leaves, "depart", case, task)
        elif task.state == "arrived" and task.arrived_at and self._may_leave(case, task):
            stays = self.manner.after("stays", task.pk, 240, 900)
            yield Due(task.arrived_at + stays, "done", case, task)

    def _may_leave(self, case: Case, task: Task) -> bool:
        """Support, and a first who does not lead, leave when the one who leads is there."""
        if task.leads:
            return False
        return any(t.leads and t.state == "arrived" and t.is_active for t in case.tasks)

    def _of_case(self, case: Case, kind: Kind) -> Iterator[Due]:
        acts = kind.lifecycle.transitions
        yield from self._after_stage(case)
        if case.taken_by is not None and case.state in ("reported", "accepted"):
            yield self._of_who_took_it(case)
            return
        began = self._work_began(case)
        if case.state in ("reported", "published") and "publish" in acts:
            yield from self._notice(case)
        elif case.state == "accepted" and "depart" not in acts and began:
            if happens("hand_over", case.pk, HAND_OVER_SHARE) and self._may_be_handed(case):
                yield Due(began + self.manner.after("to", case.pk, 60, 300), "hand_over", case)
            elif "follow" in acts:
                yield Due(began + self.manner.after("follow", case.pk, 120, 600), "follow", case)
            else:
                yield Due(began + self.work(case), "close", case)
        elif case.state == "there" and began:
            yield from self._on_scene(case, kind, began)

    def _of_who_took_it(self, case: Case) -> Due:
        """Return what the other network does with what it took: take it up, then close it."""
        at = case.stage_at or case.opened_at
        if case.state == "reported":
            return Due(at + self.manner.after("takes_up", case.pk, 60, 240), "accept", case)
        return Due(at + self.manner.scaled(240) + self.work(case), "close", case)

    def _may_be_handed(self, case: Case) -> bool:
        return case.kind in HANDS_OVER and case.urban_area is not None and case.stage_at is None

    def _work_began(self, case: Case) -> dt.datetime | None:
        """Return when the first who is on it arrived (or took it, if nobody has to go)."""
        active = [task for task in case.tasks if task.is_active]
        if self.travels(case):
            return min((t.arrived_at for t in active if t.arrived_at), default=case.arrived_at)
        return min((t.accepted_at for t in active if t.accepted_at), default=case.accepted_at)

    def _on_scene(self, case: Case, kind: Kind, began: dt.datetime) -> Iterator[Due]:
        acts, after = kind.lifecycle.transitions, self.manner.after
        if "search" in acts:
            yield Due(began + after("search", case.pk, 60, 180), "search", case)
        elif "mediate" in acts:
            yield Due(began + after("mediate", case.pk, 120, 300), "mediate", case)
        elif "quick" in acts and happens("quick", case.pk, QUICK_SHARE):
            yield Due(began + after("quick", case.pk, 60, 180), "quick", case)
        elif "order" in acts and happens("order", case.pk, ORDER_SHARE):
            yield Due(began + after("order", case.pk, 200, 500), "order", case)
        else:
            yield Due(began + self.work(case), "close", case)

    def _after_stage(self, case: Case) -> Iterator[Due]:
        """Yield what follows on a step that was taken: the end of a search, a check, an answer."""
        at, after = case.stage_at, self.manner.after
        if at is None:
            return
        if case.state in ("searching", "mediating", "followed"):
            yield Due(at + self.work(case), "close", case)
        elif case.state == "quick_way":
            longest = self.manner.scaled(QUICK_LONGEST_S)
            yield Due(at + min(self.work(case), longest), "close", case)
        elif case.state == "ordered":
            yield Due(at + after("mended", case.pk, 1200, 5400), "mended", case)
        elif case.state == "mended":
            yield Due(at + after("checked", case.pk, 600, 1800), "close", case)
        elif case.state == "handed_over":
            yield Due(at + after("answered", case.pk, 180, 600), "answer_hand_over", case)

    def _notice(self, case: Case) -> Iterator[Due]:
        if case.state == "published" and case.stage_at:
            until = self.manner.after("told", case.pk, 1800, 3600)
            yield Due(case.stage_at + until, "close", case)
        elif case.state == "reported":
            yield Due(
                case.opened_at + self.manner.after("tell", case.pk, 120, 400), "publish", case
            )

    def _rating(self, case: Case) -> Iterator[Due]:
        """Yield what the reporter says about a closed case, if anything."""
        if case.closed_at is None or case.satisfied is not None or case.state != "closed":
            return
        if case.source in ("portal", "phone") and happens("rates", case.pk, RATES):
            after = self.manner.after("rates_at", case.pk, *RATE_AFTER_S)
            yield Due(case.closed_at + after, "rate", case)
