"""Timeline lines as people read them: codes and ids in, one sentence out.

Other apps register the sentences of their own acts when they are ready.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents.kinds import Kind, registry
from tongxin.domain.incidents.models import Source
from tongxin.foundation.access.selectors import Person
from tongxin.foundation.territory import locating
from tongxin.kernel import clock
from tongxin.kernel.errors import NotFound


@dataclass(frozen=True)
class Told:
    """What a sentence is made from: the line's payload, who did it, and names by member id."""

    payload: Mapping[str, Any]
    who: str
    kind: Kind
    people: Mapping[int, Person]

    def member(self, name: str = "member") -> str:
        """Return the title of the member whose id stands in the payload under ``name``."""
        person = self.people.get(self.payload.get(name, 0))
        return person.title if person else str(_("somebody"))

    def area(self, name: str) -> str:
        """Return the name of the area whose id stands in the payload under ``name``."""
        try:
            return locating.area_info(int(self.payload.get(name) or 0)).name
        except NotFound:
            return str(_("another area"))


Sentence = Callable[[Told], object]

_sentences: dict[str, Sentence] = {}


def register(act: str, sentence: Sentence | object) -> None:
    """Say how lines of an act read: a (lazy) text with ``%(who)s``, or a function of ``Told``."""
    _sentences[act] = sentence if callable(sentence) else _filled(sentence)


def sentence_of(act: str, told: Told) -> str:
    """Return the sentence of a line in the active language."""
    made = _sentences.get(act)
    if made is not None:
        return str(made(told))
    transition = told.kind.lifecycle.transitions.get(act)
    if transition is not None and transition.target in told.kind.lifecycle.states:
        face = told.kind.face(transition.target)
        return str(_("%(who)s: %(state)s")) % {"who": told.who, "state": face.words}
    return str(_("%(who)s: %(act)s")) % {"who": told.who, "act": act}


def members_in(payload: Mapping[str, Any]) -> set[int]:
    """Return the member ids that a payload speaks of."""
    one = payload.get("member")
    many = payload.get("members", [])
    return {i for i in (one, *(many if isinstance(many, list) else ())) if isinstance(i, int)}


def _filled(text: object) -> Sentence:
    return lambda told: str(text) % {"who": told.who}


def _reported(told: Told) -> str:
    source = told.payload.get("source", "")
    label = Source(source).label if source in Source.values else source
    if told.payload.get("imported"):
        return str(_("Taken over from an older log"))
    return str(_("Reported (%(source)s): %(kind)s")) % {
        "source": label,
        "kind": _kind(told, "kind"),
    }


def _triaged(told: Told) -> str:
    payload = told.payload
    if payload.get("kind") != payload.get("kind_was"):
        return str(_("%(who)s made it “%(kind)s”")) % {"who": told.who, "kind": _kind(told, "kind")}
    return str(_("%(who)s set the urgency to %(urgency)s")) % {
        "who": told.who,
        "urgency": _URGENCY.get(payload.get("urgency", 0), ""),
    }


def _closed(told: Told) -> str:
    outcome = told.kind.outcomes.get(told.payload.get("outcome", ""), "")
    return str(_("%(who)s closed it: %(outcome)s")) % {"who": told.who, "outcome": outcome}


def _handed_over(told: Told) -> str:
    return str(_("%(who)s asked %(area)s to take it")) % {
        "who": told.who,
        "area": told.area("to_area"),
    }


def _refused(told: Told) -> str:
    from tongxin.domain.incidents.handing import RefusalReason

    code = told.payload.get("reason_code", "")
    reason = RefusalReason(code).label if code in RefusalReason.values else code
    return str(_("%(area)s sent it back: %(reason)s")) % {
        "area": told.area("area"),
        "reason": reason,
    }


def _promise_broken(told: Told) -> str:
    text = _BROKEN.get(told.payload.get("clock", ""), _("A promise was not kept in time"))
    return str(text)


def _escalated(told: Told) -> str:
    names = "、".join(
        person.title
        for member_id in told.payload.get("members", [])
        if (person := told.people.get(member_id))
    )
    level = _LEVELS.get(told.payload.get("level", ""), "")
    if not names:
        return str(_("Carried up to the %(level)s, where nobody was found")) % {"level": level}
    return str(_("Carried up to the %(level)s: %(names)s")) % {"level": level, "names": names}


def _rated(told: Told) -> str:
    happy = told.payload.get("satisfied")
    return str(_("The reporter is content") if happy else _("The reporter is not content"))


def _reopened(told: Told) -> str:
    if told.payload.get("unhappy"):
        return str(_("Opened again, for the reporter is not content"))
    return str(_("%(who)s opened it again")) % {"who": told.who}


def _moved(told: Told) -> str:
    payload = told.payload
    place, was = payload.get("place", ""), payload.get("was", {}).get("place", "")
    said = {"who": told.who, "place": place, "was": was, "metres": payload.get("metres", 0)}
    if place == was:
        return str(_("%(who)s moved the place by %(metres)s m; it is still “%(place)s”")) % said
    return str(_("%(who)s corrected the place from “%(was)s” to “%(place)s”")) % said


def _with_number(text: object) -> Sentence:
    return lambda told: str(text) % {"who": told.who, "number": told.payload.get("number", "")}


def _kind(told: Told, name: str) -> object:
    kind = registry().kinds.get(told.payload.get(name, ""))
    return kind.words if kind else ""


def clock_time(moment: dt.datetime) -> str:
    """Return a moment as the district's clock shows it: 14:05, or 16/6 14:05 on another day."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    today = timezone.localtime(clock.now(), timezone.get_default_timezone()).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


_URGENCY = {1: _("low"), 2: _("medium"), 3: _("high")}
_LEVELS = {
    "grid": _("grid"),
    "community": _("community"),
    "station": _("station"),
    "branch": _("branch"),
}
_BROKEN = {
    "accept": _("Nobody accepted it in time"),
    "arrive": _("Nobody was there in time"),
    "answer": _("It was not answered in time"),
    "hand_over": _("The body asked did not answer in time"),
    "greet": _("The newcomer was not greeted in time"),
    "settle": _("It was not settled in time"),
    "mend": _("It was not mended in time"),
    "check": _("It was not checked in time"),
    "quick": _("The quick way was not finished in time"),
}

for _act, _sentence in {
    "report": _reported,
    "triage": _triaged,
    "accept": _("%(who)s accepted it"),
    "depart": _("%(who)s set out"),
    "arrive": _("%(who)s is there"),
    "give_back": _("%(who)s gave it back"),
    "hand_over": _handed_over,
    "take": _("%(who)s took it over"),
    "refuse": _refused,
    "close": _closed,
    "reopen": _reopened,
    "merge": _with_number(_("%(who)s merged it into %(number)s")),
    "merged": _with_number(_("%(who)s merged %(number)s into this")),
    "unmerged": _with_number(_("%(who)s took %(number)s out again")),
    "split": _with_number(_("%(who)s made a part of it %(number)s")),
    "note": _("%(who)s noted"),
    "photo": _("%(who)s added a photo"),
    "rate": _rated,
    "correct_place": _moved,
    "undo": _("%(who)s took the last step back"),
    "promise_broken": _promise_broken,
    "escalate": _escalated,
    "quick": _("%(who)s began the quick way"),
    "mediate": _("%(who)s began to mediate"),
    "search": _("%(who)s began the search"),
    "order": _("%(who)s ordered it mended"),
    "mended": _("%(who)s says that it is mended"),
    "still_there": _("%(who)s found it still there"),
    "follow": _("%(who)s follows it"),
    "publish": _("%(who)s published it"),
}.items():
    register(_act, _sentence)
