"""Turns raw ways into the street graph, and the graph into each mode's arcs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import routingkit_cch
import scipy.sparse
from django.utils.translation import gettext_lazy as _
from scipy.sparse.csgraph import connected_components

from tongxin.foundation.roads.graph import (
    INF_MS,
    LONGEST_MS,
    ArcSet,
    Floats,
    Ints,
    RoadGraph,
    ground_metres,
    on_sphere,
)
from tongxin.foundation.roads.network import Mode
from tongxin.foundation.roads.osmreading import RawRoads
from tongxin.foundation.roads.profiles import CLASS_CODE, MODES, SIGNAL_MS
from tongxin.foundation.roads.restrictions import Expanded, expand
from tongxin.foundation.roads.turns import forbidden_turns
from tongxin.kernel.errors import BadInput

_LONGEST_STEP_M = 50_000.0
_FARTHEST_DEGREES = np.array([180.0, 85.0])
_ISLAND_NODES = 50
_ISLAND_SHARE = 0.1
_PASSAGE_MS = 1
_KEY_BITS = np.uint64(52)
_CAR = MODES.index(Mode.CAR)


@dataclass(frozen=True, slots=True)
class BuiltRoads:
    """The graph, the way behind each segment, and how the turn restrictions fared."""

    graph: RoadGraph
    forbidden: list[tuple[int, ...]]
    restrictions_applied: int
    restrictions_unclear: int


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Segments as ranges of flat points: first and last position, end nodes, way."""

    first: Ints
    last: Ints
    tail: Ints
    head: Ints
    way: Ints


@dataclass(frozen=True, slots=True)
class _Barriers:
    """The two ends of each way inside a barrier: outer node, middle node, who passes."""

    outer: Ints
    middle: Ints
    passes: npt.NDArray[np.bool_]


def _no_roads() -> BadInput:
    return BadInput("roads.no_roads", _("The map holds no road."), field="map")


def off_the_earth() -> BadInput:
    """Return the refusal of coordinates that are not degrees."""
    return BadInput(
        "roads.off_the_earth",
        _("The map holds coordinates that are not in degrees of WGS-84."),
        field="map",
    )


class _Flat:
    """All points of all ways in one row, repeated points removed."""

    def __init__(self, raw: RawRoads) -> None:
        refs, lonlat = raw.columns()
        starts = np.array(raw.starts, dtype=np.int64)
        way = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        kept = np.ones(len(refs), dtype=bool)
        kept[1:] = (refs[1:] != refs[:-1]) | (way[1:] != way[:-1])
        self.refs, self.lonlat, self.way = refs[kept], lonlat[kept], way[kept]
        self.check()
        self.unique, self.node = np.unique(self.refs, return_inverse=True)
        space = on_sphere(self.lonlat)
        steps = np.concatenate([[0.0], ground_metres(space[1:], space[:-1])])
        steps[1:][self.way[1:] != self.way[:-1]] = 0.0
        if steps.max(initial=0.0) > _LONGEST_STEP_M:
            raise BadInput(
                "roads.torn_way",
                _("A way in the map jumps over more than 50 km; its coordinates are broken."),
                field="map",
            )
        self.along_m = np.cumsum(steps)

    def check(self) -> None:
        """Refuse maps without points and coordinates that are not on the earth."""
        if len(self.refs) < 2:
            raise _no_roads()
        # Comparisons with NaN are false, so that NaN is refused as well.
        if not (np.abs(self.lonlat) <= _FARTHEST_DEGREES).all():
            raise off_the_earth()

    def marked(self, refs: set[int]) -> npt.NDArray[np.bool_]:
        """Tell for each point whether its ref is among ``refs``."""
        wanted = np.fromiter(refs, dtype=np.int64, count=len(refs))
        answer: npt.NDArray[np.bool_] = np.isin(self.refs, wanted)
        return answer


def build_graph(raw: RawRoads) -> BuiltRoads:
    """Cut ways at crossings and barriers, time every segment for every mode.

    Raises:
        BadInput: no road is left, or coordinates are impossible.
    """
    flat = _Flat(raw)
    pieces, barriers, node_lonlat, ref_at = _cut(flat, raw)
    forward, backward = _times(flat, raw, pieces)
    passage = np.where(barriers.passes, _PASSAGE_MS, INF_MS)
    names, name = _names(raw, pieces)
    points, starts = _lines(flat, pieces, node_lonlat[barriers.middle])
    count = len(barriers.outer)
    classes = np.array([rule.road_class for rule in raw.rules], dtype=np.int64)[pieces.way]
    metres = flat.along_m[pieces.last] - flat.along_m[pieces.first]
    graph = RoadGraph(
        tail=np.concatenate([pieces.tail, barriers.outer]),
        head=np.concatenate([pieces.head, barriers.middle]),
        metres=np.concatenate([metres, np.zeros(count)]),
        road_class=np.concatenate([classes, np.full(count, CLASS_CODE["passage"])]),
        name=np.concatenate([name, np.zeros(count, dtype=np.int64)]),
        key=_keys(points, starts),
        forward_ms=np.concatenate([forward, passage]),
        backward_ms=np.concatenate([backward, passage]),
        points=points, starts=starts, node_lonlat=node_lonlat, names=names,
    )  # fmt: skip
    way_ids = np.concatenate([np.array(raw.way_ids)[pieces.way], np.full(count, -1)])
    return _with_turns(graph, raw, way_ids, ref_at)


def _with_turns(graph: RoadGraph, raw: RawRoads, way_ids: Ints, node_refs: Ints) -> BuiltRoads:
    arcs = plain_arcs(graph, Mode.CAR)
    node_of_ref = {}
    if raw.restrictions:
        node_of_ref = {ref: i for i, ref in enumerate(node_refs.tolist()) if ref >= 0}
    turns = forbidden_turns(raw.restrictions, arcs, way_ids, node_of_ref)
    return BuiltRoads(graph, turns.forbidden, turns.applied, turns.unclear)


def _cut(flat: _Flat, raw: RawRoads) -> tuple[_Pieces, _Barriers, Floats, Ints]:
    """Return the segments, the barriers, and place and ref (-1 none) of every node in use."""
    is_barrier = flat.marked(set(raw.barriers))
    ends = np.ones(len(flat.refs), dtype=bool)
    ends[1:-1] = (flat.way[1:-1] != flat.way[:-2]) | (flat.way[1:-1] != flat.way[2:])
    crossing = ends | is_barrier | (np.bincount(flat.node)[flat.node] > 1)
    at = np.flatnonzero(crossing)
    same_way = flat.way[at[1:]] == flat.way[at[:-1]]
    if not same_way.any():
        raise _no_roads()
    first, last = at[:-1][same_way], at[1:][same_way]
    tail, head = flat.node[first], flat.node[last]
    barriers, tail, head = _open_barriers(flat, raw, (first, last), (tail, head))
    lonlat = np.zeros((len(flat.unique), 2))
    lonlat[flat.node] = flat.lonlat
    lonlat = np.concatenate([lonlat, lonlat[barriers.middle]])
    refs = np.concatenate([flat.unique, np.full(len(barriers.outer), -1)])
    used = np.unique(np.concatenate([tail, head, barriers.middle]))
    place = np.searchsorted
    pieces = _Pieces(first, last, place(used, tail), place(used, head), flat.way[first])
    renumbered = _Barriers(
        place(used, barriers.outer), place(used, barriers.middle), barriers.passes
    )
    return pieces, renumbered, lonlat[used], refs[used]


def _open_barriers(
    flat: _Flat, raw: RawRoads, positions: tuple[Ints, Ints], nodes: tuple[Ints, Ints]
) -> tuple[_Barriers, Ints, Ints]:
    """Give each way that ends in a barrier a node of its own, joined to the barrier's middle."""
    is_barrier = flat.marked(set(raw.barriers))
    next_node = len(flat.unique)
    outer, middle, moved = [], [], []
    for position, node in zip(positions, nodes, strict=True):
        hit = is_barrier[position]
        fresh = next_node + np.arange(int(hit.sum()))
        next_node += len(fresh)
        outer.append(fresh)
        middle.append(node[hit])
        moved.append(node.copy())
        moved[-1][hit] = fresh
    middles = np.concatenate(middle)
    passes = [raw.barriers[ref] for ref in flat.unique[middles].tolist()]
    allowed = np.array(passes, dtype=bool).reshape(-1, len(MODES))
    return _Barriers(np.concatenate(outer), middles, allowed), moved[0], moved[1]


def _times(flat: _Flat, raw: RawRoads, pieces: _Pieces) -> tuple[Ints, Ints]:
    metres = (flat.along_m[pieces.last] - flat.along_m[pieces.first])[:, None]
    along = np.array([rule.forward for rule in raw.rules])[pieces.way]
    against = np.array([rule.backward for rule in raw.rules])[pieces.way]
    lights = np.cumsum(flat.marked(raw.signals))
    met: Ints = lights[pieces.last] - lights[pieces.first]
    met_back = met - flat.marked(raw.signals)[pieces.last] + flat.marked(raw.signals)[pieces.first]
    forward, backward = _milliseconds(metres, along), _milliseconds(metres, against)
    for times, count in ((forward, met), (backward, met_back)):
        times[:, _CAR] = np.where(
            times[:, _CAR] < INF_MS, times[:, _CAR] + SIGNAL_MS * count, INF_MS
        )
    return forward, backward


def _milliseconds(metres: Floats, kmh: Floats) -> Ints:
    with np.errstate(divide="ignore"):
        exact = metres * 3_600.0 / kmh
    whole = np.rint(np.clip(np.nan_to_num(exact, nan=1.0), 1, LONGEST_MS)).astype(np.int64)
    times: Ints = np.where(kmh > 0, whole, INF_MS)
    return times


def _names(raw: RawRoads, pieces: _Pieces) -> tuple[list[str], Ints]:
    names = ["", *sorted(set(raw.names) - {""})]
    code = {name: i for i, name in enumerate(names)}
    return names, np.array([code[name] for name in raw.names], dtype=np.int64)[pieces.way]


def _lines(flat: _Flat, pieces: _Pieces, passages: Floats) -> tuple[Floats, Ints]:
    sizes = pieces.last - pieces.first + 1
    starts = np.concatenate([[0], np.cumsum(sizes)])
    index = np.arange(starts[-1]) - np.repeat(starts[:-1] - pieces.first, sizes)
    points = np.concatenate([flat.lonlat[index], np.repeat(passages, 2, axis=0)])
    more = starts[-1] + 2 * np.arange(1, len(passages) + 1)
    return points, np.concatenate([starts, more])


def _keys(points: Floats, starts: Ints) -> Ints:
    """Number segments by where they lie, so that the same street keeps its key in the next map."""
    grid = np.rint(points * 1e6).astype(np.int64).view(np.uint64)
    ends = [grid[starts[:-1]], grid[starts[1:] - 1], grid[(starts[:-1] + starts[1:]) // 2]]
    mixed = np.zeros(len(starts) - 1, dtype=np.uint64)
    for column in np.concatenate(ends, axis=1).T:
        mixed = _scramble(mixed + column)
    keys = (mixed >> (np.uint64(64) - _KEY_BITS)).astype(np.int64)
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    run = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    nth = np.arange(len(keys)) - np.repeat(run, np.diff(np.r_[run, len(keys)]))
    keys[order] = ranked + nth + 1
    return keys


def _scramble(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Mix the bits (the finaliser of splitmix64, Steele et al. 2014)."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class PlainArcs:
    """A mode's directed arcs before restrictions; loops are left out, for no way needs them."""

    tail: Ints
    head: Ints
    segment: Ints
    along: npt.NDArray[np.bool_]


def plain_arcs(graph: RoadGraph, mode: Mode) -> PlainArcs:
    """List the directed arcs that a mode may use."""
    column = MODES.index(mode)
    no_loop = graph.tail != graph.head
    there = np.flatnonzero((graph.forward_ms[:, column] < INF_MS) & no_loop)
    back = np.flatnonzero((graph.backward_ms[:, column] < INF_MS) & no_loop)
    return PlainArcs(
        tail=np.concatenate([graph.tail[there], graph.head[back]]),
        head=np.concatenate([graph.head[there], graph.tail[back]]),
        segment=np.concatenate([there, back]),
        along=np.concatenate([np.ones(len(there), bool), np.zeros(len(back), bool)]),
    )


def build_arcs(built: BuiltRoads, mode: Mode) -> ArcSet:
    """Expand a mode's arcs by its turn restrictions and find the contraction order."""
    graph = built.graph
    plain = plain_arcs(graph, mode)
    patterns = built.forbidden if mode is Mode.CAR else []
    expanded = expand(plain.tail, plain.head, graph.node_count, patterns)
    return ArcSet(
        tail=expanded.tail,
        head=expanded.head,
        segment=plain.segment[expanded.arc],
        along=plain.along[expanded.arc],
        node_of=expanded.node_of,
        order=_order(expanded, graph.node_lonlat),
        useful=_useful(graph, expanded, plain.segment[expanded.arc]),
    )


def _order(expanded: Expanded, node_lonlat: Floats) -> Ints:
    lonlat = node_lonlat[expanded.node_of]
    order = routingkit_cch.compute_order_inertial(
        len(expanded.node_of),
        expanded.tail.tolist(),
        expanded.head.tolist(),
        lonlat[:, 1].tolist(),
        lonlat[:, 0].tolist(),
    )
    return np.array(order, dtype=np.int64)


def _useful(graph: RoadGraph, expanded: Expanded, segment: Ints) -> npt.NDArray[np.bool_]:
    """Mark segments in parts of the network large enough to go somewhere, there and back."""
    count = len(expanded.node_of)
    ones = np.ones(len(expanded.tail), dtype=np.int8)
    matrix = scipy.sparse.csr_matrix((ones, (expanded.tail, expanded.head)), (count, count))
    _number, part = connected_components(matrix, directed=True, connection="strong")
    size = np.bincount(part)
    touched = np.zeros(len(size), dtype=np.int64)
    np.maximum.at(touched, part[expanded.tail], size[part[expanded.tail]])
    np.maximum.at(touched, part[expanded.head], size[part[expanded.head]])
    large = touched >= max(1.0, min(_ISLAND_NODES, _ISLAND_SHARE * touched.max(initial=1)))
    good = large[part[expanded.tail]] & large[part[expanded.head]]
    useful = np.zeros(len(graph.tail), dtype=bool)
    useful[segment[good]] = True
    return useful
