"""Takes the steps: each one act of a member, through the public actions, refusals taken calmly."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tongxin.config.demo.play.book import Case, Task
from tongxin.config.demo.play.manner import (
    CONTENT,
    answer_of,
    decline_reason,
    dice,
    happens,
    outcome_of,
)
from tongxin.config.demo.play.people import People
from tongxin.domain.dispatch import actions as dispatch
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents.kinds import registry
from tongxin.foundation.access.scope import Actor, MemberActor, ReporterActor, acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import Conflict, Forbidden, NotFound, TongxinError

logger = logging.getLogger(__name__)

TAKES_OVER = 0.8
"""How often another network takes what is handed to it."""


class Steps:
    """See the module. Every method returns whether the step was taken."""

    def __init__(self, people: People) -> None:
        self._people = people

    def answer(self, task: Task, step: str) -> bool:
        """Accept, decline, depart, arrive or be done, as the member."""
        actor = self._people.actor(task.member_id)
        if step == "decline":
            reason = decline_reason(task.pk)
            return _calmly(lambda: dispatch.decline(task.pk, actor=actor, reason=reason))
        act = getattr(dispatch, step)
        return _calmly(lambda: act(task.pk, actor=actor))

    def lead_on(self, case: Case, step: str) -> bool:
        """Take a step of the case's procedure, as the one whose it is."""
        if step == "close":
            return self.close(case)
        if step == "rate":
            return self._rate(case)
        if step == "hand_over":
            return self._hand_over(case)
        if step == "answer_hand_over":
            return self._answer_hand_over(case)
        fields = self._fields(case, step)

        def act(actor: Actor) -> object:
            return incidents.transition(case.pk, step, actor=actor, fields=fields)

        return self._by_first_who_may(case, act)

    def close(self, case: Case) -> bool:
        """Close with a fitting outcome and a word to the reporter."""
        kind = registry()[case.kind]
        outcome = outcome_of(case.kind, case.pk, kind.outcomes)
        if case.state == "mended":
            outcome = "mended" if "mended" in kind.outcomes else outcome
        if case.state == "quick_way" and "quick_settled" in kind.outcomes:
            outcome = "quick_settled"
        words = answer_of(case.kind, case.pk)

        def act(actor: Actor) -> object:
            return incidents.close(case.pk, actor=actor, outcome=outcome, answer=words)

        return self._by_first_who_may(case, act)

    def merge(self, incident_id: int, into: int) -> bool:
        """Merge a second report of the same thing, as the desk does."""
        actor = self._people.dispatcher(incident_id)
        return _as(actor, lambda: incidents.merge(incident_id, into=into, actor=actor))

    def _fields(self, case: Case, step: str) -> Mapping[str, Any]:
        if step == "quick":
            return dict.fromkeys(("nobody_hurt", "vehicles_move", "both_agree"), True)
        if step == "order":
            hours = dice("deadline", case.pk).choice((4, 8, 24, 48))
            return {"deadline": clock.now() + dt.timedelta(hours=hours)}
        return {}

    def _hand_over(self, case: Case) -> bool:
        def act(actor: Actor) -> object:
            return incidents.hand_over(case.pk, to_area_id=case.urban_area or 0, actor=actor)

        return self._by_first_who_may(case, act)

    def _answer_hand_over(self, case: Case) -> bool:
        takes = happens("takes", case.pk, TAKES_OVER)
        reason = "" if takes else "not_our_duty"
        return any(
            _as(
                actor,
                lambda actor=actor: incidents.answer_hand_over(  # type: ignore[misc]
                    case.pk, accept=takes, actor=actor, reason_code=reason
                ),
            )
            for actor in self._people.staff_of(case.handed_to or 0)
        )

    def _rate(self, case: Case) -> bool:
        satisfied = dice(f"content:{case.version}", case.pk).random() < CONTENT
        actor = ReporterActor(case.token)
        words = "" if satisfied else "还没解决，请再来看看。"
        return _as(actor, lambda: incidents.rate(case.token, satisfied=satisfied, words=words))

    def _by_first_who_may(self, case: Case, act: Callable[[Actor], object]) -> bool:
        for actor in self._whose(case):
            try:
                with acting_as(actor):
                    act(actor)
            except (Forbidden, NotFound):
                continue
            except TongxinError as refused:
                logger.debug("incident %d: %s", case.pk, refused)
                return False
            return True
        return False

    def _whose(self, case: Case) -> Iterable[MemberActor]:
        """Yield whose step it is: who leads and is there, who is there, who led, then the desk."""
        if case.taken_by is not None:
            yield from self._people.staff_of(case.taken_by)
        tasks = sorted(case.tasks, key=_closeness)
        seen: set[int] = set()
        for task in tasks:
            if task.member_id not in seen and task.accepted_at is not None:
                seen.add(task.member_id)
                yield self._people.actor(task.member_id)
        yield self._people.dispatcher(case.pk)


def responsible(case: Case) -> int | None:
    """Return the member whose step the next one of the case is; None for the desk."""
    tasks = [t for t in case.tasks if t.accepted_at is not None and t.is_active]
    return min(tasks, key=_closeness).member_id if tasks else None


def _closeness(task: Task) -> tuple[bool, bool, bool]:
    return (not task.is_active, task.state != "arrived", not task.leads)


def _as(actor: Actor, act: Callable[[], object]) -> bool:
    def inside() -> None:
        with acting_as(actor):
            act()

    return _calmly(inside)


def _calmly(act: Callable[[], object]) -> bool:
    """Take a step; a refusal means that somebody was faster or things have changed."""
    try:
        act()
    except Conflict:
        return False
    except TongxinError as refused:
        logger.info("not done: %s", refused)
        return False
    return True
