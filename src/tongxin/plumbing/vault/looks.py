"""Who looked at a record, read off the trail: when, in what role, for what purpose; never a name.

For the person whom the record is about, and for those who answer for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from tongxin.foundation.access.models import Grant
from tongxin.foundation.audit.models import AuditEntry
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Level
from tongxin.kernel.errors import TongxinError
from tongxin.plumbing.vault import purposes
from tongxin.plumbing.vault.describing import Held
from tongxin.plumbing.vault.opening import opened

MOST = 200
_REVEAL = "vault.reveal"
_REFS = """
    SELECT 'vault:' || id FROM vault_entry WHERE subject_id = ANY(%(ids)s)
    UNION ALL SELECT 'vault-file:' || token FROM vault_storedfile WHERE subject_id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Look:
    """One look: ``role`` and ``body`` in words (both empty: the program itself), and what for."""

    at: dt.datetime
    role: str
    body: str
    purpose: str
    member_id: int | None


def looks_at(held: Iterable[Held], limit: int = MOST) -> list[Look]:
    """Return the looks at these records that were let through, the latest first.

    What was opened in one minute by one member for one purpose counts once. A field that was
    replaced since takes the looks at its former words with it, unless its app's own lines
    (``Described.trail``) tell of them.
    """
    rows = list(held)
    if not rows:
        return []
    since = min(each.facts.since for each in rows)
    found = AuditEntry.objects.filter(at__gte=since, allowed=True).filter(_condition(rows))
    lines = found.order_by("-at", "-pk").values_list("at", "actor", "purpose")[: 4 * limit]
    once: dict[tuple[str, str, dt.datetime], dt.datetime] = {}
    for at, actor, purpose in lines:
        once.setdefault((actor, purpose, at.replace(second=0, microsecond=0)), at)
    names = _posts({actor for actor, _purpose, _minute in once})
    words = dict(purposes.choices())
    return [
        Look(at, *names.get(actor, ("", "")), words.get(purpose, ""), _member_of(actor))
        for (actor, purpose, _minute), at in list(once.items())[:limit]
    ]


def by_people(held: Iterable[Held]) -> list[Look]:
    """Return the looks of members, without those that the program takes to send or to copy."""
    return [look for look in looks_at(held) if look.member_id is not None]


def _condition(rows: list[Held]) -> Q:
    ids = [each.subject_id for each in rows] + [i for h in rows for i in h.described.related]
    with opened() as cursor:
        cursor.execute(_REFS, {"ids": ids})
        refs = [row[0] for row in cursor.fetchall()]
    refs += [f"vault-subject:{each}" for each in ids]
    condition = Q(act=_REVEAL, subject__in=refs)
    for each in rows:
        if each.described.trail:
            own = Q(subject__in=each.described.trail, act__endswith=".open")
            if each.described.trail_id is not None:
                own &= Q(detail__residents__contains=each.described.trail_id)
            condition |= own
    return condition


def _member_of(actor: str) -> int | None:
    kind, _colon, number = actor.partition(":")
    return int(number) if kind == "member" and number.isdigit() else None


def _posts(actors: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Return role and body of each member: those of the latest grant, also of one that is over."""
    ids = {number: each for each in actors if (number := _member_of(each)) is not None}
    grants = Grant.objects.filter(member_id__in=ids).order_by("member_id", "-valid_from", "-pk")
    posts: dict[str, tuple[str, str]] = {}
    for grant in grants.only("member_id", "role", "area_id"):
        posts.setdefault(
            ids[grant.member_id], (str(grant.get_role_display()), _body(grant.area_id))
        )
    return posts


def _body(area_id: int) -> str:
    """Return the station, or street, to which an area belongs: who looked is no single person."""
    try:
        path = locating.area_info(area_id).path
    except TongxinError:
        return ""
    infos = [locating.area_info(each) for each in path]
    bodies = [info for info in infos if info.level in (Level.STATION, Level.STREET)]
    return (bodies or infos)[-1].name
