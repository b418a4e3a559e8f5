"""A procedure drawn: states as boxes in the order in which they are reached, acts as arrows."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from tongxin.domain.incidents.kinds import Kind
from tongxin.kernel.lifecycle import BACK, Transition
from tongxin.surfaces.office import words

BOX_WIDTH, BOX_HEIGHT = 132, 44
STEP_X, STEP_Y = 196, 92
EDGE = 24
FROM_MANY = 4
"""An act that leads away from so many states is told in words, not drawn: arrows stay readable."""


@dataclass(frozen=True, slots=True)
class Box:
    """A state at a place; ``look`` is one of the kit's state codes."""

    code: str
    words: str
    look: str
    x: int
    y: int
    ends: bool
    starts: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """An act from one state to another: an SVG path, and where its word stands."""

    act: str
    words: str
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture, ``width`` by ``height``."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


def drawn(kind: Kind) -> Drawing:
    """Draw a kind's procedure; acts that leave many states, or lead back, are left to the table."""
    lifecycle = kind.lifecycle
    places = _places(lifecycle.start, lifecycle.states, lifecycle.transitions)
    boxes = {code: _box(kind, code, *places[code]) for code in lifecycle.states}
    arrows = _arrows(boxes, lifecycle.transitions)
    return Drawing(
        boxes=tuple(boxes.values()),
        arrows=tuple(arrows),
        width=max(box.x for box in boxes.values()) + BOX_WIDTH + EDGE,
        height=max(box.y for box in boxes.values()) + BOX_HEIGHT + EDGE,
    )


def is_drawn(transition: Transition) -> bool:
    """Tell whether an act is drawn as arrows."""
    return transition.target != BACK and len(transition.sources) < FROM_MANY


def _places(
    start: str, states: Mapping[str, object], transitions: Mapping[str, Transition]
) -> dict[str, tuple[int, int]]:
    """Give each state a column (steps from the start by the shortest way) and a row in it."""
    column = {start: 0}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for transition in transitions.values():
            target = transition.target
            if here in transition.sources and target != BACK and target not in column:
                column[target] = column[here] + 1
                waiting.append(target)
    last = max(column.values())
    rows: dict[int, int] = {}
    places: dict[str, tuple[int, int]] = {}
    for code in states:
        at = column.get(code, last)
        places[code] = (at, rows.get(at, 0))
        rows[at] = rows.get(at, 0) + 1
    return places


def _box(kind: Kind, code: str, column: int, row: int) -> Box:
    face, lifecycle = kind.face(code), kind.lifecycle
    return Box(
        code=code,
        words=str(face.words),
        look=words.look(face.look),
        x=EDGE + column * STEP_X,
        y=EDGE + row * STEP_Y,
        ends=lifecycle.states[code].ends,
        starts=code == lifecycle.start,
    )


def _arrows(boxes: Mapping[str, Box], transitions: Mapping[str, Transition]) -> list[Arrow]:
    """Draw one arrow for each pair of states; several acts between them share its word."""
    between: dict[tuple[str, str], list[str]] = {}
    for act, transition in transitions.items():
        if is_drawn(transition):
            for source in sorted(transition.sources):
                between.setdefault((source, transition.target), []).append(act)
    return [_arrow(boxes[one], boxes[other], acts) for (one, other), acts in between.items()]


def _arrow(source: Box, target: Box, acts: list[str]) -> Arrow:
    said = " / ".join(words.of(words.ACTS, act) for act in acts)
    path, x, y = _forward(source, target) if target.x > source.x else _backward(source, target)
    return Arrow(acts[0], said, path, x, y)


def _forward(source: Box, target: Box) -> tuple[str, float, float]:
    x1, y1 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT / 2
    x2, y2 = target.x - 6, target.y + BOX_HEIGHT / 2
    bend = (x2 - x1) / 2
    path = f"M{x1} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    return path, (x1 + x2) / 2, (y1 + y2) / 2 - 6


def _backward(source: Box, target: Box) -> tuple[str, float, float]:
    """Go round below, or straight between two boxes of one column."""
    x1, x2 = source.x + BOX_WIDTH / 2, target.x + BOX_WIDTH / 2
    if source.x == target.x:
        down = target.y > source.y
        y1 = source.y + (BOX_HEIGHT if down else 0)
        y2 = target.y + (-6 if down else BOX_HEIGHT + 6)
        return f"M{x1:g} {y1}L{x2:g} {y2}", x1 + 8, (y1 + y2) / 2 + 4
    y1, y2 = source.y + BOX_HEIGHT, target.y + BOX_HEIGHT + 6
    low = max(y1, y2) + 26
    path = f"M{x1:g} {y1}C{x1:g} {low} {x2:g} {low} {x2:g} {y2}"
    return path, (x1 + x2) / 2, low - 8
