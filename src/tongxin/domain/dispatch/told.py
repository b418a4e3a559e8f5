"""The timeline's lines of dispatch as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongxin.domain.dispatch.models import PlanRole, RingResult
from tongxin.domain.dispatch.plan_selectors import minutes_of
from tongxin.domain.dispatch.reasons import (
    DECLINE_REASONS,
    OVERRULE_REASONS,
    Words,
    lacking_sentence,
)
from tongxin.domain.incidents import sentences
from tongxin.domain.incidents.sentences import Told
from tongxin.foundation.territory.models import Post

_CHANNELS: Mapping[str, Words] = {"call": _("Call"), "sms": _("Message")}
_OUTCOMES: Mapping[str, Words] = {
    "sent": _("sent"),
    "answered": _("answered"),
    "busy": _("the line is busy"),
    "no_answer": _("no answer"),
    "rejected": _("refused by the gateway"),
    "unreachable": _("the gateway cannot be reached"),
    "throttled": _("too many at once"),
    "no_address": _("no number is known"),
    "not_configured": _("no gateway"),
}
_LET_GO: Mapping[str, Words] = {
    "swapped": _("%(who)s need not go: somebody nearer came free"),
    "overruled": _("%(who)s need not go: the dispatcher decided otherwise"),
    "off_duty": _("%(who)s went off duty"),
    "moved": _("%(who)s need not go: the place was corrected"),
    "released": _("%(who)s was let go"),
}


def register() -> None:
    """Register a sentence for each act of dispatch."""
    for act, sentence in {
        "plan": _planned,
        "overruled": _overruled,
        "undone": _undone,
        "release": _released,
        "lapse": _lapsed,
        "decline": _declined,
        "done": _done,
        "need_help": _wants_help,
        "alert_result": _alerted,
        "ring": _rang,
    }.items():
        sentences.register(act, sentence)


def _planned(told: Told) -> str:
    asked = told.payload.get("asked", [])
    if not asked:
        lacking = told.payload.get("lacking", [])
        return lacking_sentence(lacking[0]) if lacking else str(_("Nobody had to be asked"))
    return str(_("Asked: %(people)s")) % {"people": "；".join(_person(told, a) for a in asked)}


def _person(told: Told, asked: Mapping[str, Any]) -> str:
    person = told.people.get(int(asked.get("member", 0)))
    name = person.title if person else str(_("somebody"))
    minutes = minutes_of(asked.get("seconds"))
    role = PlanRole(asked["role"]).label if asked.get("role") in PlanRole.values else ""
    if minutes is None:
        return f"{name} {role}"
    text = _("%(name)s %(role)s, %(minutes)d min")
    return str(text) % {"name": name, "role": role, "minutes": minutes}


def _overruled(told: Told) -> str:
    reason = OVERRULE_REASONS.get(told.payload.get("reason", ""), "")
    people = "；".join(_person(told, asked) for asked in told.payload.get("asked", []))
    text = _("%(who)s decided otherwise (%(reason)s): %(people)s")
    return str(text) % {"who": told.who, "reason": reason, "people": people}


def _undone(told: Told) -> str:
    return str(_("%(who)s went back to the plan before")) % {"who": told.who}


def _released(told: Told) -> str:
    text = _LET_GO.get(told.payload.get("because", ""), _LET_GO["released"])
    return str(text) % {"who": told.member()}


def _lapsed(told: Told) -> str:
    return str(_("%(who)s did not answer in time; the next is asked")) % {"who": told.member()}


def _declined(told: Told) -> str:
    reason = DECLINE_REASONS.get(told.payload.get("reason", ""), "")
    return str(_("%(who)s cannot go: %(reason)s")) % {"who": told.member(), "reason": reason}


def _done(told: Told) -> str:
    return str(_("%(who)s is done here")) % {"who": told.member()}


def _wants_help(told: Told) -> str:
    return str(_("%(who)s asks for help")) % {"who": told.member()}


def _alerted(told: Told) -> str:
    payload = told.payload
    text = _("%(channel)s to %(who)s: %(outcome)s")
    said = str(text) % {
        "channel": _CHANNELS.get(payload.get("channel", ""), payload.get("channel", "")),
        "who": told.member(),
        "outcome": _OUTCOMES.get(payload.get("outcome", ""), payload.get("outcome", "")),
    }
    then = _CHANNELS.get(payload.get("then") or "")
    return said + (str(_(", then %(channel)s")) % {"channel": then} if then else "")


def _rang(told: Told) -> str:
    post = Post.objects.filter(pk=told.payload.get("post") or 0).first()
    result = told.payload.get("result", "")
    label = RingResult(result).label if result in RingResult.values else result
    who = post.name if post else told.member()
    return str(_("Call passed to %(who)s: %(result)s")) % {"who": who, "result": label}
