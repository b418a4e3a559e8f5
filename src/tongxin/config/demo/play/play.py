"""The play itself: looks at the cases, keeps what is due in order, lets people take the steps."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Collection
from itertools import count

from tongxin.config.demo.figures import Figures
from tongxin.config.demo.play.book import Case, Task, read_cases, travelling
from tongxin.config.demo.play.dues import Due, Timetable
from tongxin.config.demo.play.journeys import Ground, Journey
from tongxin.config.demo.play.manner import Manner
from tongxin.config.demo.play.people import BY_HAND_FOR, People
from tongxin.config.demo.play.steps import Steps, responsible
from tongxin.kernel import clock

BUSY_AGAIN_IN = dt.timedelta(seconds=20)
"""Somebody who is busy elsewhere looks again after this long whether he can leave."""
POST_EVERY = dt.timedelta(seconds=5)
OF_TASKS = frozenset({"accept", "decline", "depart", "arrive", "done"})
BEGUN = frozenset({"accepted", "departed", "arrived"})
BETWEEN = frozenset({"search", "mediate", "quick", "order", "follow", "hand_over"})
AFTER_REFUSAL = dt.timedelta(seconds=60)
_STATE_AFTER = {
    "accept": "accepted",
    "decline": "declined",
    "depart": "departed",
    "arrive": "arrived",
    "done": "done",
}


class Play:
    """People at work. Call `look` to see what the database says, `take_due` to act on it."""

    def __init__(self, manner: Manner, figures: Figures, people: People, ground: Ground) -> None:
        self.people, self.ground, self.manner = people, ground, manner
        self.steps = Steps(people)
        self.journeys: dict[int, Journey] = {}
        self.cases: dict[int, Case] = {}
        self._timetable = Timetable(manner, figures)
        self._heap: list[tuple[dt.datetime, int, int, Due]] = []
        self._round: dict[int, int] = {}
        self._serial = count()
        self._ours: set[tuple[int, str]] = set()
        self._seen: dict[int, str] = {}
        self._by_hand: dict[int, dt.datetime] = {}
        self._straight: set[int] = set()
        self._refused: dict[tuple[int, str, int], dt.datetime] = {}

    def look(self, ids: Collection[int] | None = None) -> None:
        """Read all cases anew, or those with the given ids, and lay out what is due in them."""
        found = read_cases(ids)
        if ids is None:
            self.cases, self._heap = found, []
            self._forget_what_is_over()
        else:
            for pk in ids:
                self.cases.pop(pk, None)
            self.cases.update(found)
        for case in found.values():
            self._lay_out(case)

    def next_at(self) -> dt.datetime | None:
        """Return when the next step is due."""
        while self._heap and self._heap[0][2] != self._round.get(self._heap[0][3].case.pk):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take_due(self) -> bool:
        """Take one step that is due by now; return whether there was one."""
        at = self.next_at()
        if at is None or at > clock.now():
            return False
        due = heapq.heappop(self._heap)[3]
        if self._is_in_hands(due):
            return True
        if due.step == "depart" and self._is_away(due.task):
            self._put_off(due)
            return True
        self._take(due)
        self.look([due.case.pk])
        return True

    def post_positions(self) -> None:
        """Post where those on the way are now."""
        for task in travelling(self.cases.values()).values():
            journey = self.journeys.get(task.pk)
            if journey is not None and task.state == "departed" and not self._left_to_person(task):
                self.ground.post(task.member_id, journey.at(clock.now()), task.crew_id)

    def somebody_waits(self) -> bool:
        """Tell whether there is a case at which nobody has arrived yet."""
        before = ("reported", "accepted", "on_the_way")
        return any(case.is_open and case.state in before for case in self.cases.values())

    def away(self) -> dict[int, Task]:
        """Return who is on the way or at a scene, by member."""
        return travelling(self.cases.values())

    def busy(self) -> set[int]:
        """Return who has anything on hand, be it only a question to answer."""
        return {t.member_id for case in self.cases.values() for t in case.tasks if t.is_active}

    def _lay_out(self, case: Case) -> None:
        self._round[case.pk] = self._round.get(case.pk, 0) + 1
        for task in case.tasks:
            self._notice(task)
            if task.state == "departed" and task.is_active:
                self._push(Due(self._journey(case, task).ends, "arrive", case, task))
        for due in self._timetable.dues(case, straight=case.pk in self._straight):
            self._push(due)

    def _push(self, due: Due) -> None:
        at = max(due.at, self._refused.get(_key(due), due.at))
        entry = (at, next(self._serial), self._round[due.case.pk], due)
        heapq.heappush(self._heap, entry)

    def _put_off(self, due: Due) -> None:
        self._push(Due(clock.now() + BUSY_AGAIN_IN, due.step, due.case, due.task))

    def _take(self, due: Due) -> None:
        if due.task is None or due.step not in OF_TASKS:
            taken = self.steps.lead_on(due.case, due.step)
            if not taken and due.step in BETWEEN:
                self._straight.add(due.case.pk)
        else:
            self._ours.add((due.task.pk, _STATE_AFTER[due.step]))
            if due.step == "arrive":
                self.ground.post(due.task.member_id, due.case.spot, due.task.crew_id)
            taken = self.steps.answer(due.task, due.step)
        if not taken:
            self._refused[_key(due)] = clock.now() + AFTER_REFUSAL

    def _journey(self, case: Case, task: Task) -> Journey:
        if task.pk not in self.journeys:
            origin = self.ground.place_of(task.member_id) or case.spot
            self.journeys[task.pk] = self.ground.journey(
                origin, case.spot, task.mode, lambda road_s: self.manner.travels(task.pk, road_s)
            )
        return self.journeys[task.pk]

    def _is_away(self, task: Task | None) -> bool:
        return task is not None and task.member_id in self.away()

    def _notice(self, task: Task) -> None:
        """Remember a step of a member with a log-in that the play did not take."""
        before = self._seen.get(task.pk)
        self._seen[task.pk] = task.state
        if before is None or before == task.state or task.state not in BEGUN:
            return
        by_us = (task.pk, task.state) in self._ours
        if not by_us and task.member_id in self.people.has_log_in:
            self._by_hand[task.pk] = clock.now()

    def _is_in_hands(self, due: Due) -> bool:
        """Tell whether a person is playing the one whose step this is."""
        if due.task is not None:
            return self._left_to_person(due.task)
        who = responsible(due.case)
        mine = [t for t in due.case.tasks if t.member_id == who and t.is_active]
        return any(self._left_to_person(task) for task in mine)

    def _left_to_person(self, task: Task) -> bool:
        since = self._by_hand.get(task.pk)
        by_hand = since is not None and clock.now() - since < BY_HAND_FOR
        return by_hand or task.member_id in self.people.in_use()

    def _forget_what_is_over(self) -> None:
        """Keep memory for what is open only; the play runs for weeks."""
        tasks = {task.pk for case in self.cases.values() for task in case.tasks}
        self.journeys = {pk: way for pk, way in self.journeys.items() if pk in tasks}
        self._seen = {pk: state for pk, state in self._seen.items() if pk in tasks}
        self._by_hand = {pk: at for pk, at in self._by_hand.items() if pk in tasks}
        self._ours = {step for step in self._ours if step[0] in tasks}
        self._straight &= self.cases.keys()
        self._round = {pk: n for pk, n in self._round.items() if pk in self.cases}
        now = clock.now()
        self._refused = {key: until for key, until in self._refused.items() if until > now}


def _key(due: Due) -> tuple[int, str, int]:
    return (due.case.pk, due.step, due.task.pk if due.task else 0)
