"""What a reporter sees under his token: like a parcel's page — who, what, when, next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents import policy
from tongxin.domain.incidents.kinds import Kind, registry
from tongxin.domain.incidents.models import Clock, Incident, TimelineEntry
from tongxin.domain.incidents.sentences import clock_time
from tongxin.foundation.access import selectors as access
from tongxin.kernel import clock
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault.purposes import Purpose

_WITH_WORDS = ("close", "note", "rate")


@dataclass(frozen=True)
class PublicStep:
    """One thing that happened, as the reporter is told it; ``text`` is an answer in words."""

    at: dt.datetime
    act: str
    says: str
    text: str = ""


@dataclass(frozen=True)
class PublicStatus:
    """A reporter's page. ``who`` is a title (李警官), empty until somebody accepted.

    ``number`` is that of the report; ``followed`` that of the incident it was merged into, else
    empty. ``next`` says what comes next and by when; ``can_rate`` asks whether it is all right.
    """

    number: str
    followed: str
    kind: str
    place: str
    state: str
    look: str
    reported_at: dt.datetime
    closed_at: dt.datetime | None
    who: str
    phone: str
    next: str
    next_due_at: dt.datetime | None
    outcome: str
    steps: Sequence[PublicStep]
    can_rate: bool
    satisfied: bool | None
    version: int


def public_status(token: str) -> PublicStatus:
    """Return the page of the report with this token; raises ``NotFound`` for an unknown one.

    A merged report follows the incident that it was merged into.
    """
    rows = Incident.objects.select_related("merged_into")
    own = rows.filter(public_token=token).first() if token else None
    if own is None:
        raise policy.absent()
    main = own.merged_into or own
    kind = registry()[main.kind]
    entries = _entries(own, main)
    people = access.people(_actors(entries))
    who = _who(entries, people)
    next_due, says = _next(main)
    face = kind.face(main.state)
    outcome = kind.outcomes.get(main.outcome)
    return PublicStatus(
        number=own.number,
        followed=main.number if main.pk != own.pk else "",
        kind=str(registry()[own.kind].words),
        place=own.place,
        state=str(face.words),
        look=face.look,
        reported_at=own.opened_at,
        closed_at=main.closed_at,
        who=who.title if who else "",
        phone=who.phone if who and main.is_open else "",
        next=says,
        next_due_at=next_due,
        outcome=str(outcome) if outcome else "",
        steps=_steps(entries, kind, people, own),
        can_rate=not main.is_open and main.satisfied is None and main.closed_at is not None,
        satisfied=main.satisfied,
        version=main.version,
    )


def _entries(own: Incident, main: Incident) -> list[TimelineEntry]:
    """Return the report's own lines and, once merged, what happened to the main one since."""
    lines = list(TimelineEntry.objects.filter(incident_id=own.pk).order_by("seq"))
    if main.pk != own.pk and lines:
        since = TimelineEntry.objects.filter(incident_id=main.pk, at__gte=lines[-1].at)
        lines += list(since.exclude(act="report").order_by("seq"))
    return lines


def _actors(entries: Sequence[TimelineEntry]) -> set[int]:
    return {i for entry in entries if (i := _member(entry)) is not None}


def _member(entry: TimelineEntry) -> int | None:
    who, _colon, number = entry.actor.partition(":")
    if who == "member" and number.isdigit():
        return int(number)
    named = entry.payload.get("member")
    return named if isinstance(named, int) else None


def _who(
    entries: Sequence[TimelineEntry], people: Mapping[int, access.Person]
) -> access.Person | None:
    who = None
    for entry in entries:
        if entry.act in ("accept", "arrive", "follow"):
            who = people.get(_member(entry) or 0, who)
        elif entry.act in ("give_back", "reopen"):
            who = None
    return who


def _steps(
    entries: Sequence[TimelineEntry],
    kind: Kind,
    people: Mapping[int, access.Person],
    own: Incident,
) -> list[PublicStep]:
    texts = _texts(entries, own)
    steps: list[PublicStep] = []
    for entry in entries:
        text = texts.get(entry.text_ref or 0, "")
        hear = kind.hears.get(entry.act)
        person = people.get(_member(entry) or 0)
        if hear is not None:
            says = str(hear.words).replace("{who}", person.title if person else str(_("Somebody")))
        elif entry.public and entry.act in _OTHER:
            says = str(_OTHER[entry.act])
        else:
            continue
        steps.append(PublicStep(entry.at, entry.act, says, text))
    return steps


def _texts(entries: Sequence[TimelineEntry], own: Incident) -> dict[int, str]:
    refs = [
        e.text_ref for e in entries if e.public and e.act in _WITH_WORDS and e.text_ref is not None
    ]
    if not refs:
        return {}
    return vault.reveal_many(refs, actor="reporter", purpose=Purpose.NOTIFY_REPORTER)


def _next(main: Incident) -> tuple[dt.datetime | None, str]:
    if not main.is_open:
        return None, ""
    open_clocks = Clock.objects.filter(incident=main, stopped_at__isnull=True, ref="")
    due = dict(open_clocks.values_list("kind", "due_at"))
    for name, says in _NEXT.items():
        if name in due:
            if due[name] <= clock.now():
                return due[name], str(_("This takes longer than promised; we are on it."))
            return due[name], str(says) % {"time": clock_time(due[name])}
    return None, str(_("We are on it."))


_OTHER = {
    "note": _("A word to you"),
    "rate": _("You told us what you think of it"),
    "escalate": _("The next level up has been called in"),
}
_NEXT = {
    "hand_over": _("Next: the body in charge answers by %(time)s"),
    "accept": _("Next: somebody takes it by %(time)s"),
    "arrive": _("Next: somebody is with you by %(time)s"),
    "answer": _("Next: you get an answer by %(time)s"),
    "greet": _("Next: somebody comes to greet you by %(time)s"),
    "quick": _("Next: settled the quick way by %(time)s"),
    "settle": _("Next: settled by %(time)s"),
    "mend": _("Next: mended by %(time)s"),
    "check": _("Next: checked by %(time)s"),
}
