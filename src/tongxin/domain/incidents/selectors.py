"""Reading incidents: within the reader's sight, at a cost that does not grow with the years."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import policy
from tongxin.domain.incidents.kinds import Kind, registry
from tongxin.domain.incidents.models import Incident, TimelineEntry
from tongxin.domain.incidents.sentences import Told, members_in, sentence_of
from tongxin.domain.incidents.status import PublicStatus, public_status
from tongxin.foundation.access import selectors as access
from tongxin.foundation.access.grants import usable_grants
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import can
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Forbidden
from tongxin.kernel.geometry import Spot, distance_m
from tongxin.plumbing.vault import actions as vault

__all__ = [
    "Filters",
    "PublicStatus",
    "QueueRow",
    "TimelineLine",
    "incident",
    "incident_by_id",
    "longest_waiting",
    "near_duplicates",
    "open_of",
    "public_status",
    "queue",
    "row_of",
    "timeline",
    "words_of",
]

PAGE = 50
LONGEST_PAGE = 500
_METRES_A_DEGREE = 111_320.0
_PART = re.compile(r"[0-9]{0,18}(\.[0-9]{0,6})?")
"""A part of a cursor: a number that fits, perhaps with millionths, or nothing."""
_ROW_FIELDS = (
    *("id", "number", "kind", "state", "urgency", "lon", "lat", "place", "place_exact", "source"),
    *("owner_area_id", "escalation", "needs_person", "next_due_at", "promise_due_at", "opened_at"),
    *("accepted_at", "arrived_at", "closed_at", "outcome", "satisfied", "is_open", "version"),
)


@dataclass(frozen=True)
class Filters:
    """What to show of the queue; empty fields do not narrow it. ``is_open`` false: the closed."""

    is_open: bool = True
    kinds: Collection[str] = ()
    states: Collection[str] = ()
    area_id: int | None = None
    least_urgency: int = 1
    needs_person: bool | None = None
    number: str = ""


@dataclass(frozen=True)
class QueueRow:
    """An incident in a list. ``cursor`` asks for what follows; ``overdue``: a promise is broken."""

    id: int
    number: str
    kind: str
    state: str
    urgency: int
    lon: float
    lat: float
    place: str
    place_exact: bool
    source: str
    owner_area_id: int | None
    escalation: str
    needs_person: bool
    next_due_at: dt.datetime | None
    promise_due_at: dt.datetime | None
    opened_at: dt.datetime
    accepted_at: dt.datetime | None
    arrived_at: dt.datetime | None
    closed_at: dt.datetime | None
    outcome: str
    satisfied: bool | None
    is_open: bool
    version: int

    @property
    def kind_of(self) -> Kind:
        """The kind with its words and icon."""
        return registry()[self.kind]

    @property
    def state_words(self) -> str:
        """How the state is called in the active language."""
        return str(self.kind_of.face(self.state).words)

    @property
    def look(self) -> str:
        """How the state looks: waiting, on_the_way, there, done, or broken when overdue."""
        return "broken" if self.overdue else self.kind_of.face(self.state).look

    @property
    def overdue(self) -> bool:
        """Tell whether its next promise is already broken."""
        return self.is_open and self.next_due_at is not None and self.next_due_at <= clock.now()

    @property
    def waited(self) -> dt.timedelta:
        """How long it has been open, or took."""
        return (self.closed_at or clock.now()) - self.opened_at

    @property
    def cursor(self) -> str:
        """Where this row stands in its list."""
        if not self.is_open:
            return f"{self.opened_at.timestamp():.6f}~{self.id}"
        due = self.next_due_at.timestamp() if self.next_due_at else None
        return f"{int(self.needs_person)}~{'' if due is None else f'{due:.6f}'}~{self.id}"


@dataclass(frozen=True)
class TimelineLine:
    """A line as people read it. ``text`` is filled only when the words were asked for."""

    seq: int
    at: dt.datetime
    act: str
    actor: str
    who: str
    sentence: str
    public: bool
    payload: Mapping[str, Any] = field(default_factory=dict)
    text_ref: int | None = None
    text: str | None = None


def queue(
    member: Member,
    filters: Filters | None = None,
    limit: int = PAGE,
    cursor: str = "",
) -> list[QueueRow]:
    """Return what the member may see, sorted by who needs a person now: one query and his grants.

    First those that need a person, then by the promise that falls due next; the closed ones newest
    first. ``cursor`` is that of the last row seen. Raises ``BadInput`` for a cursor that is none.
    """
    chosen = filters or Filters()
    rows = Incident.objects.filter(policy.visible_to(member), _narrowed(chosen))
    rows = _open_from(rows, cursor) if chosen.is_open else _closed_from(rows, cursor)
    page = rows.values_list(*_ROW_FIELDS)[: min(limit, LONGEST_PAGE)]
    return [QueueRow(*row) for row in page]


def incident(member: Member, number: str) -> Incident:
    """Return an incident by its number; raises ``NotFound`` when absent or out of sight."""
    return _seen(Incident.objects.filter(number=number), member)


def incident_by_id(member: Member, incident_id: int) -> Incident:
    """Return an incident by its id; raises ``NotFound`` when absent or out of sight."""
    return _seen(Incident.objects.filter(pk=incident_id), member)


def row_fields() -> tuple[str, ...]:
    """Return the columns of which a ``QueueRow`` is made, in order, for other lists."""
    return _ROW_FIELDS


def row_of(incident: Incident) -> QueueRow:
    """Return an incident that was found as it stands in lists."""
    return QueueRow(*(getattr(incident, name) for name in _ROW_FIELDS))


def open_of(member: Member, limit: int = PAGE) -> list[QueueRow]:
    """Return the open incidents that are the member's to see to: his ground's, those assigned."""
    ground = {g.area_id for g in usable_grants(member, Permission.RESPOND)}
    mine = Q(owner_area_id__in=ground) & policy.visible_to(member)
    mine |= Q(pk__in=policy.own_ids(member))
    rows = _open_from(Incident.objects.filter(mine, is_open=True), "")
    return [QueueRow(*row) for row in rows.values_list(*_ROW_FIELDS)[:limit]]


def timeline(
    incident: Incident, member: Member, *, purpose: str = "", because: str = ""
) -> list[TimelineLine]:
    """Return the lines in order as sentences; with a ``purpose`` also their words.

    The look at the words goes to the trail first. Raises ``NotFound`` out of sight, ``Forbidden``
    without a listed purpose or the right to read them.
    """
    _must_see(incident, member)
    entries = list(TimelineEntry.objects.filter(incident_id=incident.pk).order_by("seq"))
    texts: Mapping[int, str] = {}
    refs = [entry.text_ref for entry in entries if entry.text_ref is not None]
    if purpose:
        _must_reveal(incident, member)
        texts = vault.reveal_many(refs, actor=member, purpose=purpose, because=because)
    return lines_of(incident, entries, texts)


def lines_of(
    incident: Incident, entries: Iterable[TimelineEntry], texts: Mapping[int, str]
) -> list[TimelineLine]:
    """Return entries as sentences, the people named by one query."""
    rows = list(entries)
    ids = {i for entry in rows for i in (*members_in(entry.payload), *_member_id(entry.actor))}
    people = access.people(ids) if ids else {}
    kind = registry()[incident.kind]
    return [_line(entry, kind, people, texts) for entry in rows]


def words_of(
    incident: Incident, member: Member, *, purpose: str, because: str = ""
) -> dict[str, str]:
    """Return the reporter's words: ``what``, ``place_said``, and the contact for who may reveal it.

    Whoever it is assigned to reads what happened; name and phone need the right ``REVEAL``. The
    look goes to the trail first; raises ``Forbidden`` without a listed purpose or the right.
    """
    _must_see(incident, member)
    _must_reveal(incident, member)
    if incident.report_ref is None:
        return {}
    words = vault.reveal_subject(
        incident.report_ref, actor=member, purpose=purpose, because=because
    )
    shown = {"what", "place_said"}
    if can(member, Permission.REVEAL, incident.area_ids):
        shown |= {"contact_name", "contact_phone"}
    return {name: text for name, text in words.items() if name in shown}


def near_duplicates(
    spot: Spot, kind: str = "", within_m: float = 300.0, hours: float = 2.0, *, member: Member
) -> list[tuple[QueueRow, int]]:
    """Return open incidents near by that may be the same, nearest first, with metres.

    Only of the last ``hours``, of the same ``kind`` when one is given, and in the member's sight;
    10 at most. Shown while a new call is typed in.
    """
    north = within_m / _METRES_A_DEGREE
    east = north / max(0.05, _cos(spot.lat))
    rows = Incident.objects.filter(
        policy.visible_to(member),
        is_open=True,
        opened_at__gte=clock.now() - dt.timedelta(hours=hours),
        lon__range=(spot.lon - east, spot.lon + east),
        lat__range=(spot.lat - north, spot.lat + north),
        **({"kind": kind} if kind else {}),
    )
    found = [QueueRow(*row) for row in rows.values_list(*_ROW_FIELDS)[:200]]
    apart = [(row, round(distance_m(spot, Spot(row.lon, row.lat)))) for row in found]
    return sorted((pair for pair in apart if pair[1] <= within_m), key=lambda p: p[1])[:10]


def longest_waiting() -> dt.timedelta | None:
    """Return how long the longest-waiting request of all has waited for a person; no names."""
    waiting = Incident.objects.filter(is_open=True, needs_person=True)
    since = waiting.aggregate(since=Min("opened_at"))["since"]
    return None if since is None else clock.now() - since


def _narrowed(chosen: Filters) -> Q:
    condition = Q(is_open=chosen.is_open)
    if chosen.kinds:
        condition &= Q(kind__in=list(chosen.kinds))
    if chosen.states:
        condition &= Q(state__in=list(chosen.states))
    if chosen.area_id is not None:
        condition &= Q(area_ids__contains=[chosen.area_id])
    if chosen.least_urgency > 1:
        condition &= Q(urgency__gte=chosen.least_urgency)
    if chosen.needs_person is not None:
        condition &= Q(needs_person=chosen.needs_person)
    if chosen.number:
        condition &= Q(number=chosen.number)
    return condition


def _open_from(rows: QuerySet[Incident], cursor: str) -> QuerySet[Incident]:
    if cursor:
        rows = rows.filter(_after(cursor))
    return rows.order_by("-needs_person", F("next_due_at").asc(nulls_last=True), "id")


def _after(cursor: str) -> Q:
    needs, due, last = _parts(cursor, 3)
    same_need = Q(needs_person=needs == "1")
    below = Q(needs_person=False) if needs == "1" else Q(pk__in=())
    if not due:
        return below | (same_need & Q(next_due_at__isnull=True, pk__gt=int(last)))
    moment = _moment(due)
    later = Q(next_due_at__gt=moment) | Q(next_due_at__isnull=True)
    return below | (same_need & (later | Q(next_due_at=moment, pk__gt=int(last))))


def _closed_from(rows: QuerySet[Incident], cursor: str) -> QuerySet[Incident]:
    if cursor:
        opened, last = _parts(cursor, 2)
        moment = _moment(opened)
        rows = rows.filter(Q(opened_at__lte=moment), Q(opened_at__lt=moment) | Q(pk__lt=int(last)))
    return rows.order_by("-opened_at", "-id")


def _parts(cursor: str, count: int) -> list[str]:
    parts = cursor.split("~")
    numbers = all(_PART.fullmatch(part) for part in parts)
    if len(parts) != count or not numbers or not parts[-1].isdigit():
        raise BadInput("queue.cursor", _("This page of the list is not there."), field="cursor")
    return parts


def _moment(text: str) -> dt.datetime:
    whole, _dot, micro = text.partition(".")
    try:
        base = dt.datetime.fromtimestamp(int(whole), dt.UTC)
    except (OverflowError, ValueError, OSError):
        raise BadInput(
            "queue.cursor", _("This page of the list is not there."), field="cursor"
        ) from None
    return base + dt.timedelta(microseconds=int(micro or 0))


def _seen(rows: QuerySet[Incident], member: Member) -> Incident:
    found = rows.first()
    if found is None or not policy.sees(MemberActor(member), found):
        raise policy.absent()
    return found


def _must_see(incident: Incident, member: Member) -> None:
    if not policy.sees(MemberActor(member), incident):
        raise policy.absent()


def _must_reveal(incident: Incident, member: Member) -> None:
    may = can(member, Permission.REVEAL, incident.area_ids)
    if not may and not policy.is_own(MemberActor(member), incident):
        raise Forbidden("incident.words", _("Your role does not read the words of reporters."))


def _member_id(actor: str) -> tuple[int, ...]:
    who, _colon, number = actor.partition(":")
    return (int(number),) if who == "member" and number.isdigit() else ()


def _line(
    entry: TimelineEntry,
    kind: Kind,
    people: Mapping[int, access.Person],
    texts: Mapping[int, str],
) -> TimelineLine:
    who = _who(entry, people)
    told = Told(entry.payload, who, kind, people)
    return TimelineLine(
        seq=entry.seq,
        at=entry.at,
        act=entry.act,
        actor=entry.actor,
        who=who,
        sentence=sentence_of(entry.act, told),
        public=entry.public,
        payload=entry.payload,
        text_ref=entry.text_ref,
        text=texts.get(entry.text_ref) if entry.text_ref is not None else None,
    )


def _who(entry: TimelineEntry, people: Mapping[int, access.Person]) -> str:
    for member_id in (*_member_id(entry.actor), entry.payload.get("member")):
        if member_id in people:
            return people[member_id].title
    return str(_("The reporter") if entry.actor == "reporter" else _("The system"))


def _cos(degrees: float) -> float:
    import math

    return math.cos(math.radians(degrees))
