"""The choice: who is first on scene, who leads, who supports, and why. Pure; no database, no clock.

**The rule.** The first on scene is the one who can be there first *by road* among all who are on
duty, free and allowed. Only where several are as fast as each other, within `TIE_SECONDS`, do the
`PENALTIES` decide. Lead and support are ordered by road time plus penalties, for there the last
seconds matter less than a rested member with the right skill.

Nothing here is kept of a person beyond the decision: a penalty is a fact of the moment (an open
task, an old position), never a mark on somebody, and every choice says why and can be overruled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tongxin.domain.dispatch.people import (
    CHAIN,
    OFFICERS,
    Flags,
    Floats,
    Ints,
    People,
    PlaceSource,
    Reach,
)

TIE_SECONDS = 0.2
"""Two who would be there within this many seconds of each other count as equally fast: those at one
post, in one crew, side by side. More would trade the promise for convenience."""

SHOWN_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Penalties:
    """Seconds added to the road time, in ties for the first on scene, always for lead and support.

    ===================  =======  ==================================================
    what                 seconds  when
    ===================  =======  ==================================================
    old position              20  the last position is 2 to 10 minutes old
    assumed place             45  no position; post, village or beat stands for it
    open task                 90  each other assignment of the member or crew
    short rest                30  the last assignment ended less than 10 minutes ago
    long duty                 30  on duty for more than 8 hours, again from 12 hours
    wanted skill missing     120  each skill that the kind asks for
    busy                     900  first, on the way or there elsewhere (lead only)
    ===================  =======  ==================================================
    """

    old_position: float = 20.0
    assumed_place: float = 45.0
    open_task: float = 90.0
    short_rest: float = 30.0
    long_duty: float = 30.0
    skill_missing: float = 120.0
    busy: float = 900.0


PENALTIES = Penalties()
OLD_AFTER_S = 120.0
SHORT_REST_S = 600.0
LONG_DUTY_S = (8 * 3600.0, 12 * 3600.0)


@dataclass(frozen=True, slots=True)
class SupportWant:
    """``count`` units of any of ``roles`` (bits), best with ``skills`` (codes)."""

    roles: int
    count: int
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """What an incident asks for.

    ``first`` and ``lead`` are role bits, 0 when the kind calls none; ``area_ids`` the areas of the
    spot in every network with all ancestors; ``lead_area_ids`` the path of the area that has taken
    the incident over, whose people lead it (empty: the ground's own); ``promise_s`` the promised
    seconds that are left; ``excluded`` members (with their crews) who have declined or not answered
    here.
    """

    first: int
    lead: int
    support: tuple[SupportWant, ...] = ()
    skills: tuple[str, ...] = ()
    area_ids: tuple[int, ...] = ()
    lead_area_ids: tuple[int, ...] = ()
    promise_s: float | None = None
    excluded: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Pick:
    """One chosen member: ``row`` in the board, road ``seconds``, why (codes)."""

    row: int
    member_id: int
    crew_id: int | None
    seconds: float
    source: PlaceSource
    why: tuple[str, ...]
    leads_too: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The response plan before it is written.

    ``support`` answers the need's wishes one by one, in their order; ``lacking`` holds codes (see
    `reasons`); ``candidates`` are the best ten for first on scene, the chosen one first.
    """

    first: Pick | None
    lead: Pick | None
    support: tuple[tuple[Pick, ...], ...]
    lacking: tuple[str, ...]
    candidates: tuple[Pick, ...]
    best_possible_seconds: float | None
    considered: int

    def members(self) -> tuple[int, ...]:
        """Return the chosen members' ids, each once."""
        return tuple(dict.fromkeys(pick.member_id for pick in self.picks()))

    def picks(self) -> tuple[Pick, ...]:
        """Return everybody chosen: first, lead, support."""
        some = (pick for pick in (self.first, self.lead) if pick is not None)
        return (*some, *(pick for picks in self.support for pick in picks))


@dataclass(frozen=True, slots=True)
class _Scene:
    """The board as seen from one incident: who may, how fast, at what penalty."""

    need: Need
    people: People
    seconds: Floats
    roles_here: Ints
    own_ground: Ints
    village: Flags
    open_to: Flags
    penalty: Floats
    estimate: bool


def choose(need: Need, people: People, seconds: Floats, *, estimate: bool = False) -> Choice:
    """Choose first, lead and support among ``people``.

    ``seconds`` is the road time of each row to the spot, inf where there is no way, shape
    (len(people),); ``estimate`` says that no map stands behind it.
    """
    scene = _look(need, people, seconds, estimate)
    first, candidates, best = _choose_first(scene)
    lead = _choose_lead(scene, first)
    if first and lead and lead.row == first.row:
        first = replace(first, leads_too=True, why=(*first.why, "leads_too"))
        lead = None
    support = _choose_support(scene, [pick for pick in (first, lead) if pick])
    return Choice(
        first=first,
        lead=lead,
        support=support,
        lacking=_lacking(scene, first, lead, support),
        candidates=candidates,
        best_possible_seconds=best,
        considered=int(np.isfinite(seconds).sum()),
    )


def penalties(people: People, skills: Sequence[str] = ()) -> Floats:
    """Return each row's penalty in seconds by the table of `Penalties`, but for ``busy``."""
    p = PENALTIES
    total = np.where(
        people.source >= PlaceSource.POST,
        p.assumed_place,
        np.where(people.age_s > OLD_AFTER_S, p.old_position, 0.0),
    )
    total += p.open_task * people.tasks
    total += p.short_rest * (people.since_last_s < SHORT_REST_S)
    for hours in LONG_DUTY_S:
        total += p.long_duty * (people.on_duty_s > hours)
    for skill in skills:
        bit = np.uint64(people.skill_bits.get(skill, 0))
        total += p.skill_missing * ((people.skills & bit) == 0)
    return np.asarray(total, dtype=np.float64)


def _look(need: Need, people: People, seconds: Floats, estimate: bool) -> _Scene:
    roles_here, own_ground, village = _ground(need, people)
    return _Scene(
        need=need,
        people=people,
        seconds=seconds,
        roles_here=roles_here,
        own_ground=own_ground,
        village=village,
        open_to=~_excluded(need, people) & np.isfinite(seconds),
        penalty=penalties(people, need.skills),
        estimate=estimate,
    )


def _ground(need: Need, people: People) -> tuple[Ints, Ints, Flags]:
    """Return, per row: roles in force at the spot, roles whose own ground it is, village or not."""
    grounds, size = people.grounds, len(people)
    here = _among(grounds.area, need.area_ids)
    near = np.where(
        grounds.reach == Reach.BRANCH,
        _among(grounds.root, need.area_ids),
        np.where(grounds.reach == Reach.STATION, _among(grounds.second, need.area_ids), here),
    )
    own = here & (grounds.depth >= 3)
    return (
        _gather(size, grounds.row[near], grounds.role[near]),
        _gather(size, grounds.row[own], grounds.role[own]),
        _gather(size, grounds.row[own & grounds.village], grounds.role[own & grounds.village]) != 0,
    )


def _among(values: Ints, ids: Sequence[int]) -> Flags:
    """Tell which values are among the few ``ids``; a table look-up, for area ids are small."""
    if not values.size or not ids:
        return np.zeros(values.shape, dtype=np.bool_)
    table = np.zeros(max(int(values.max()), *ids) + 1, dtype=np.bool_)
    table[list(ids)] = True
    return np.asarray(table[values])


def _gather(size: int, rows: Ints, bits: object) -> Ints:
    gathered = np.zeros(size, dtype=np.int64)
    np.bitwise_or.at(gathered, rows, np.asarray(bits).astype(np.int64))
    return gathered


def _excluded(need: Need, people: People) -> Flags:
    if not need.excluded:
        return np.zeros(len(people), dtype=np.bool_)
    members = np.isin(people.member, list(need.excluded))
    return np.asarray(np.isin(people.unit, people.unit[members]))


def _choose_first(scene: _Scene) -> tuple[Pick | None, tuple[Pick, ...], float | None]:
    may = scene.open_to & ~scene.people.busy & ((scene.roles_here & scene.need.first) != 0)
    rows = np.flatnonzero(may)
    if not rows.size:
        return None, (), None
    seconds = scene.seconds[rows]
    fastest = float(seconds.min())
    winner = _least_penalty(scene, rows[seconds <= fastest + TIE_SECONDS])
    why = _why_first(scene, winner, fastest, alone=rows.size == 1)
    return _pick(scene, winner, why), _candidates(scene, rows, winner), fastest


def _least_penalty(scene: _Scene, tied: Ints) -> int:
    order = np.lexsort((scene.people.member[tied], scene.seconds[tied], scene.penalty[tied]))
    return int(tied[order[0]])


def _why_first(scene: _Scene, row: int, fastest: float, *, alone: bool) -> tuple[str, ...]:
    why = ["fastest_by_estimate" if scene.estimate else "fastest_by_road"]
    if scene.seconds[row] > fastest:
        why.append("as_fast_and_freer")
    if alone:
        why.append("only_one_available")
    return (*why, *_why_person(scene, row, scene.need.skills))


def _why_person(scene: _Scene, row: int, skills: Sequence[str]) -> tuple[str, ...]:
    """Return what holds for the member at this spot: own ground, village, skills, assumed place."""
    why: list[str] = []
    if scene.village[row]:
        why.append("village_of_place")
    elif scene.own_ground[row]:
        why.append("own_ground")
    mine = scene.people.skills_at(row)
    why += [f"has_skill:{skill}" for skill in skills if skill in mine]
    source = PlaceSource(int(scene.people.source[row]))
    if source >= PlaceSource.POST:
        why.append(f"place_assumed:{source.name.lower()}")
    elif source is PlaceSource.OLD or scene.people.age_s[row] > OLD_AFTER_S:
        why.append("position_old")
    return tuple(why)


def _candidates(scene: _Scene, rows: Ints, winner: int) -> tuple[Pick, ...]:
    seconds = scene.seconds[rows]
    few = (
        rows[np.argsort(seconds, kind="stable")[:SHOWN_CANDIDATES]]
        if rows.size < 64
        else (_smallest(rows, seconds, SHOWN_CANDIDATES))
    )
    ordered = [winner, *(int(row) for row in few if row != winner)][:SHOWN_CANDIDATES]
    return tuple(_pick(scene, row, _why_person(scene, row, scene.need.skills)) for row in ordered)


def _smallest(rows: Ints, seconds: Floats, count: int) -> Ints:
    few = np.argpartition(seconds, count)[:count]
    return np.asarray(rows[few[np.argsort(seconds[few])]])


def _choose_lead(scene: _Scene, first: Pick | None) -> Pick | None:
    """Choose the lead: own ground, then the station, then the branch; the busy ones last."""
    lead = scene.need.lead
    own = (scene.own_ground & lead) != 0
    if scene.need.lead_area_ids:
        return _lead_of_taker(scene, first)
    if not lead or (first and own[first.row]):
        return first if lead else None
    station, chain = _of_station(scene, lead), _of_station(scene, _chain(lead))
    may = scene.open_to & (own | station | chain | ((scene.roles_here & lead) != 0))
    rows = np.flatnonzero(may)
    if not rows.size:
        return None
    tier = np.select([own[rows], station[rows], chain[rows]], [0, 1, 1], default=2)
    busy = _busy_elsewhere(scene, first)[rows]
    late = scene.seconds[rows] + scene.penalty[rows] + PENALTIES.busy * busy
    order = np.lexsort((scene.people.member[rows], late, tier, busy))
    row = int(rows[order[0]])
    return _pick(scene, row, _why_lead(scene, row, int(tier[order[0]]), bool(busy[order[0]])))


def _lead_of_taker(scene: _Scene, first: Pick | None) -> Pick | None:
    """Choose the lead among those of the area that has taken it over, then of the areas above."""
    grounds, (*above, taker) = scene.people.grounds, scene.need.lead_area_ids
    size, lead = len(scene.people), scene.need.lead

    def holders(ids: Sequence[int]) -> Flags:
        there = _among(grounds.area, ids)
        return np.asarray((_gather(size, grounds.row[there], grounds.role[there]) & lead) != 0)

    own = holders((taker,))
    if first and own[first.row]:
        return first
    rows = np.flatnonzero(scene.open_to & (own | holders(above)))
    if not rows.size:
        return None
    busy = _busy_elsewhere(scene, first)[rows]
    late = scene.seconds[rows] + scene.penalty[rows]
    best = int(np.lexsort((scene.people.member[rows], late, ~own[rows], busy))[0])
    why = ("of_the_taker", *_why_person(scene, int(rows[best]), scene.need.skills))
    return _pick(scene, int(rows[best]), (*why, "busy_elsewhere") if busy[best] else why)


def _chain(lead: int) -> int:
    """Return who of the station leads when no officer of the ground can, as bits."""
    return CHAIN if lead & OFFICERS else 0


def _of_station(scene: _Scene, roles: int) -> Flags:
    """Tell who holds one of ``roles`` on the spot's station: in its beats, or on all of it."""
    grounds = scene.people.grounds
    in_station = _among(grounds.second, scene.need.area_ids) & (grounds.depth >= 2)
    bits = _gather(len(scene.people), grounds.row[in_station], grounds.role[in_station])
    return np.asarray((bits & roles) != 0)


def _busy_elsewhere(scene: _Scene, first: Pick | None) -> Flags:
    busy = scene.people.busy.copy()
    if first:
        busy[first.row] = False
    return busy


def _why_lead(scene: _Scene, row: int, tier: int, busy: bool) -> tuple[str, ...]:
    chain = ("", "station_chain", "branch_chain")[tier]
    why = (*((chain,) if chain else ()), *_why_person(scene, row, scene.need.skills))
    return (*why, "busy_elsewhere") if busy else why


def _choose_support(scene: _Scene, taken: Sequence[Pick]) -> tuple[tuple[Pick, ...], ...]:
    """Choose for each wish in turn; nobody twice, and no two of one crew."""
    used = {int(scene.people.unit[pick.row]) for pick in taken}
    return tuple(_nearest_units(scene, want, used) for want in scene.need.support)


def _nearest_units(scene: _Scene, want: SupportWant, used: set[int]) -> tuple[Pick, ...]:
    people, score = scene.people, _support_score(scene, want)
    for unit in used:
        score[people.unit == unit] = np.inf
    picks: list[Pick] = []
    while len(picks) < want.count and score.size:
        row = int(score.argmin())
        if not np.isfinite(score[row]):
            break
        unit = int(people.unit[row])
        used.add(unit)
        score[people.unit == unit] = np.inf
        picks.append(_pick(scene, row, ("nearest_free", *_why_person(scene, row, want.skills))))
    return tuple(picks)


def _support_score(scene: _Scene, want: SupportWant) -> Floats:
    may = scene.open_to & ~scene.people.busy & ((scene.roles_here & want.roles) != 0)
    penalty = penalties(scene.people, want.skills) if want.skills else scene.penalty
    return np.where(may, scene.seconds + penalty, np.inf)


def _pick(scene: _Scene, row: int, why: tuple[str, ...]) -> Pick:
    people = scene.people
    unit = int(people.unit[row])
    return Pick(
        row=row,
        member_id=int(people.member[row]),
        crew_id=-unit if unit < 0 else None,
        seconds=float(scene.seconds[row]),
        source=PlaceSource(int(people.source[row])),
        why=why,
    )


def _lacking(
    scene: _Scene, first: Pick | None, lead: Pick | None, support: Sequence[tuple[Pick, ...]]
) -> tuple[str, ...]:
    """Return what the plan lacks, the gravest first."""
    need = scene.need
    lacking: list[str] = []
    if need.first and first is None:
        lacking.append(_why_nobody(scene))
    if first and need.promise_s is not None and first.seconds > need.promise_s:
        lacking.append("no_first_within_promise")
    if need.lead and lead is None and not (first and first.leads_too):
        lacking.append("no_officer_on_duty" if need.lead & OFFICERS else "no_lead")
    helpers = [pick for picks in support for pick in picks]
    lacking += _missing_skills(scene, [pick for pick in (first, lead, *helpers) if pick])
    short = sum(want.count for want in need.support) - len(helpers)
    if short > 0:
        lacking.append(f"support_short:{short}")
    if scene.estimate:
        lacking.append("estimate_only")
    return tuple(lacking)


def _why_nobody(scene: _Scene) -> str:
    """Say why nobody can be first: none on duty, all asked in vain, all busy, or no road."""
    may = (scene.roles_here & scene.need.first) != 0
    if not may.any():
        return "nobody_on_duty"
    if not (may & np.isfinite(scene.seconds)).any():
        return "no_road"
    return "all_busy" if (may & scene.open_to).any() else "nobody_answers"


def _missing_skills(scene: _Scene, picks: Sequence[Pick]) -> list[str]:
    wanted = dict.fromkeys(scene.need.skills)
    for want in scene.need.support:
        wanted.update(dict.fromkeys(want.skills))
    had = {skill for pick in picks for skill in scene.people.skills_at(pick.row)}
    return [f"skill_missing:{skill}" for skill in wanted if skill not in had]
