"""How the simulated people behave: pure decisions, each by dice thrown on a row's own id."""

from __future__ import annotations

import datetime as dt
import enum
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Weighted = Sequence[tuple[str, float]]


class Answer(enum.StrEnum):
    """What somebody who is asked does."""

    ACCEPT = "accept"
    DECLINE = "decline"
    SILENT = "silent"


DECLINES, STAYS_SILENT = 0.03, 0.02
DECLINE_WHY: Weighted = (("busy", 5), ("no_vehicle", 2), ("too_far", 2), ("unwell", 1))
ANSWER_MEDIAN_S, ANSWER_SIGMA, ANSWER_LONGEST_S = 12.0, 0.6, 50.0
LEAVE_MEDIAN_S, LEAVE_SIGMA, LEAVE_LONGEST_S = 20.0, 0.5, 120.0
SLOW_ANSWER_SHARE = 0.15
"""Where there is no hurry, people answer after this share of the time they are given (median)."""
SLOW_ANSWER_LONGEST_S = 1200.0
DRIVING_SIGMA = 0.12
RATES, CONTENT = 0.35, 0.92
RATE_AFTER_S = (90.0, 900.0)

OUTCOMES: Mapping[str, Weighted] = {
    "emergency": (("settled", 6), ("helped", 3), ("nothing_found", 1), ("false_report", 1)),
    "help": (("helped", 7), ("settled", 2), ("passed_on", 1), ("nothing_found", 1)),
    "lost_person": (("found_well", 6), ("came_back", 3), ("found_hurt", 1)),
    "dispute": (("reconciled", 5), ("mediated", 4), ("to_mediation", 2), ("nothing_found", 1)),
    "accident": (("settled", 4), ("to_traffic_police", 3), ("parties_left", 1)),
    "hazard": (("cleared", 6), ("passed_on", 1), ("nothing_found", 1)),
    "tip": (("confirmed", 4), ("prevented", 3), ("unfounded", 3)),
    "enquiry": (("answered", 9), ("passed_on", 1)),
    "service_request": (("done", 7), ("at_home", 2), ("not_possible", 1)),
    "notice": (("told", 1),),
    "welcome": (("welcomed", 7), ("by_phone", 3)),
}
ANSWERS: Mapping[str, Sequence[str]] = {
    "emergency": ("已到场处置完毕，人员平安。", "现场已控制，后续由派出所跟进。"),
    "help": ("已帮助解决，有事请随时再打。", "已处理好，留了联系电话。"),
    "lost_person": ("人已平安送回家。", "已和家人会合，请放心。"),
    "dispute": ("双方已说开，社区会回访。", "已劝解，双方同意各退一步。"),
    "accident": ("双方已协商，道路已恢复通行。", "现场已处理，车已挪开。"),
    "hazard": ("隐患已清理。", "已清走堆放物，通道恢复畅通。"),
    "tip": ("谢谢您的提醒，情况已核实处理。", "已上门核实并提醒到人，多谢报信。"),
    "enquiry": ("已电话答复，材料清单已说明。", "已说明办理地点和时间。"),
    "service_request": ("已办好，可随时来取。", "已上门办妥。"),
    "notice": ("已告知相关住户。",),
    "welcome": ("已上门认识，平面图已登记。", "已电话联系，改天上门。"),
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How quickly and how reliably people act; at ``speed`` 2 everything takes half the time."""

    speed: float = 1.0
    declines: float = DECLINES
    silent: float = STAYS_SILENT

    def answer(self, assignment_id: int, *, hurry: bool) -> Answer:
        """Return what the one asked does; only where there is hurry does anybody stay silent."""
        throw = dice("answer", assignment_id).random()
        if throw < self.declines:
            return Answer.DECLINE
        if hurry and throw < self.declines + self.silent:
            return Answer.SILENT
        return Answer.ACCEPT

    def answers_after(self, assignment_id: int, allowed_s: float) -> dt.timedelta:
        """Return how long after being asked the answer comes, with ``allowed_s`` to answer in."""
        rng = dice("answers_after", assignment_id)
        if allowed_s <= 60:
            return self._span(_around(rng, ANSWER_MEDIAN_S, ANSWER_SIGMA), ANSWER_LONGEST_S)
        median = min(allowed_s * SLOW_ANSWER_SHARE, SLOW_ANSWER_LONGEST_S / 2)
        return self._span(_around(rng, median, ANSWER_SIGMA), SLOW_ANSWER_LONGEST_S)

    def leaves_after(self, assignment_id: int, *, hurry: bool) -> dt.timedelta:
        """Return how long after accepting somebody departs."""
        median = LEAVE_MEDIAN_S if hurry else 4 * LEAVE_MEDIAN_S
        rng = dice("leaves_after", assignment_id)
        return self._span(_around(rng, median, LEAVE_SIGMA), 4 * LEAVE_LONGEST_S)

    def travels(self, assignment_id: int, road_s: float) -> dt.timedelta:
        """Return how long a way of ``road_s`` seconds takes this time."""
        factor = _around(dice("travels", assignment_id), 1.0, DRIVING_SIGMA)
        return self._span(road_s * factor, math.inf)

    def after(self, name: str, row_id: int, shortest_s: float, longest_s: float) -> dt.timedelta:
        """Return a time between two bounds for the step ``name`` of a row."""
        return self._span(dice(name, row_id).uniform(shortest_s, longest_s), math.inf)

    def scaled(self, seconds: float) -> dt.timedelta:
        """Return ``seconds`` as they pass at this speed."""
        return self._span(seconds, math.inf)

    def _span(self, seconds: float, longest_s: float) -> dt.timedelta:
        return dt.timedelta(seconds=max(0.2, min(seconds, longest_s) / self.speed))


def dice(name: str, row_id: int) -> random.Random:
    """Return dice that always fall alike for the step ``name`` of the row ``row_id``."""
    return random.Random(f"{name}:{row_id}")  # noqa: S311 - a simulation, not a secret


def happens(name: str, row_id: int, share: float) -> bool:
    """Tell whether something that happens in ``share`` of all cases happens to this row."""
    return dice(name, row_id).random() < share


def outcome_of(kind: str, incident_id: int, allowed: Mapping[str, object]) -> str:
    """Choose one of the kind's outcomes; a district's own kind ends by its first one."""
    options = [(code, weight) for code, weight in OUTCOMES.get(kind, ()) if code in allowed]
    return _chosen("outcome", incident_id, options) if options else next(iter(allowed))


def decline_reason(assignment_id: int) -> str:
    """Return why somebody declines."""
    return _chosen("why", assignment_id, DECLINE_WHY)


def answer_of(kind: str, incident_id: int) -> str:
    """Return the words that the reporter reads at the end."""
    return dice("words", incident_id).choice(ANSWERS.get(kind, ("已办结。",)))


def _chosen(name: str, row_id: int, options: Weighted) -> str:
    codes, weights = zip(*options, strict=True)
    chosen: str = dice(name, row_id).choices(codes, weights)[0]
    return chosen


def _around(rng: random.Random, median: float, sigma: float) -> float:
    return median * math.exp(rng.gauss(0.0, sigma))
