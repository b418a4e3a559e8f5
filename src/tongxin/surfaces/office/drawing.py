"""A procedure drawn: states as boxes in the order in which they are reached, acts as arrows.

Only what leads on is drawn. An act that leaves many states is one dashed arrow from the last of
them; acts that lead back stand in the table beside the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tongxin.domain.incidents.kinds import Kind
from tongxin.kernel.lifecycle import BACK, State, Transition
from tongxin.surfaces.office import words

BOX_WIDTH, BOX_HEIGHT = 132, 44
STEP_X, STEP_Y = 200, 84
EDGE, ARCH = 24, 30
"""Space round the picture, and how much higher an arrow goes for each box that it passes over."""
FROM_MANY = 4

Steps = list[tuple[str, str, str, bool]]
"""Act, from, to, and whether it also leaves other states."""


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
    """Acts from one state to another: an SVG path, where its word stands, dashed for many."""

    words: str
    path: str
    x: float
    y: float
    dashed: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture, ``width`` by ``height``."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


def drawn(kind: Kind) -> Drawing:
    """Draw a kind's procedure."""
    lifecycle = kind.lifecycle
    order = order_of(lifecycle.states)
    steps = _steps(order, lifecycle.transitions)
    column = _columns(order, steps)
    top = EDGE + ARCH * max((column[b] - column[a] - 1 for _act, a, b, _m in steps), default=0)
    boxes = _boxes(kind, column, _rows(order, column, steps), top)
    return Drawing(
        boxes=tuple(boxes.values()),
        arrows=tuple(_arrows(boxes, steps)),
        width=max(box.x for box in boxes.values()) + BOX_WIDTH + EDGE,
        height=max(box.y for box in boxes.values()) + BOX_HEIGHT + EDGE,
    )


def order_of(states: Mapping[str, State]) -> dict[str, int]:
    """Number the states as the table lists them, those that end last: to a higher one is onward."""
    listed = sorted(states, key=lambda code: states[code].ends)
    return {code: number for number, code in enumerate(listed)}


def is_drawn(transition: Transition, order: Mapping[str, int]) -> bool:
    """Tell whether an act leads on, and so is drawn."""
    target = transition.target
    return target != BACK and any(order[s] < order[target] for s in transition.sources)


def _steps(order: Mapping[str, int], transitions: Mapping[str, Transition]) -> Steps:
    found: Steps = []
    for act, transition in transitions.items():
        if not is_drawn(transition, order):
            continue
        target = transition.target
        sources = sorted((s for s in transition.sources if order[s] < order[target]), key=order.get)  # type: ignore[arg-type]
        if len(sources) >= FROM_MANY:
            found.append((act, sources[-1], target, True))
        else:
            found += [(act, source, target, False) for source in sources]
    return found


def _columns(order: Mapping[str, int], steps: Steps) -> dict[str, int]:
    """Place each state behind all that lead to it."""
    column = dict.fromkeys(order, 0)
    for code in sorted(order, key=lambda each: order[each]):
        before = [column[source] + 1 for _act, source, target, _many in steps if target == code]
        column[code] = max(before, default=0)
    return column


def _rows(order: Mapping[str, int], column: Mapping[str, int], steps: Steps) -> dict[str, int]:
    """Stack the states of a column; those reached by an act of their own come on top."""
    own = {target for _act, _source, target, many in steps if not many}
    taken: dict[int, int] = {}
    row: dict[str, int] = {}
    for code in sorted(order, key=lambda each: (each not in own, order[each])):
        row[code] = taken.get(column[code], 0)
        taken[column[code]] = row[code] + 1
    return row


def _boxes(
    kind: Kind, column: Mapping[str, int], row: Mapping[str, int], top: int
) -> dict[str, Box]:
    lifecycle = kind.lifecycle
    return {
        code: Box(
            code=code,
            words=str(kind.face(code).words),
            look=words.look(kind.face(code).look),
            x=EDGE + column[code] * STEP_X,
            y=top + row[code] * STEP_Y,
            ends=state.ends,
            starts=code == lifecycle.start,
        )
        for code, state in lifecycle.states.items()
    }


def _arrows(boxes: Mapping[str, Box], steps: Steps) -> Iterable[Arrow]:
    """Yield one arrow for each pair of states; several acts between them share it."""
    between: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for act, source, target, many in steps:
        between.setdefault((source, target), []).append((act, many))
    for (source, target), acts in between.items():
        said = " / ".join(words.of(words.ACTS, act) for act, _many in acts)
        path, x, y = _line(boxes[source], boxes[target])
        yield Arrow(said, path, x, y, all(many for _act, many in acts))


def _line(source: Box, target: Box) -> tuple[str, float, float]:
    passed = (target.x - source.x) // STEP_X - 1
    if passed and source.y == target.y:
        return _over(source, target, passed)
    x1, y1 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT / 2
    x2, y2 = target.x - 4, target.y + BOX_HEIGHT / 2
    bend = min((x2 - x1) / 2, 60)
    path = f"M{x1} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    return path, x2 - bend, y2 - 6 if y1 <= y2 else y2 + 14


def _over(source: Box, target: Box, passed: int) -> tuple[str, float, float]:
    """Go over the boxes between; the more there are, the higher."""
    x1, x2 = source.x + BOX_WIDTH * 0.75, target.x + BOX_WIDTH * 0.3
    low, high = source.y, source.y - ARCH * passed - 6
    path = f"M{x1:g} {low}C{x1 + 30:g} {high} {x2 - 30:g} {high} {x2:g} {low - 4}"
    return path, (x1 + x2) / 2, low - (low - high) * 0.75 - 4
