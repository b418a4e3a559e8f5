"""How a request goes, what may be asked, and why one may be refused. Pure: tables only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongxin.kernel.lifecycle import Lifecycle, State, Transition

ANSWER_DAYS = 15
REMIND_DAYS = 3
COPY_DAYS = 7


class Asked(models.TextChoices):
    """What somebody asks for about their own data (PIPL 15, 44–47)."""

    SEE = "see", _("See what is kept")
    COPY = "copy", _("A copy of it")
    CORRECT = "correct", _("Put something right")
    DELETE = "delete", _("Erase it")
    WITHDRAW = "withdraw", _("Take a consent back")


class Standing(models.TextChoices):
    """Where a request stands."""

    RECEIVED = "received", _("Received")
    IN_HAND = "in_hand", _("Being looked into")
    ANSWERED = "answered", _("Answered and done")
    REFUSED = "refused", _("Refused, with the reason")


class Identified(models.TextChoices):
    """How it was made sure that it is this person; what was shown is never kept."""

    PHONE_CODE = "phone_code", _("By a code sent to the number")
    KNOWN = "known", _("Known to the officer in person")
    DOCUMENT = "document", _("A document was shown, not kept")
    RUNG_BACK = "rung_back", _("Rung back on the number that is kept")


BY_OFFICER = (Identified.KNOWN, Identified.DOCUMENT, Identified.RUNG_BACK)
OPEN = (Standing.RECEIVED, Standing.IN_HAND)
_UNDECIDED = frozenset(each.value for each in OPEN)

LIFECYCLE = Lifecycle(
    start=Standing.RECEIVED.value,
    states={
        "received": State("received", needs_person=True),
        "in_hand": State("in_hand", needs_person=True),
        "answered": State("answered", ends=True),
        "refused": State("refused", ends=True),
    },
    transitions={
        "take": Transition("take", frozenset({"received"}), "in_hand"),
        "answer": Transition("answer", _UNDECIDED, "answered"),
        "refuse": Transition("refuse", _UNDECIDED, "refused", requires=("reason", "words")),
    },
)


@dataclass(frozen=True)
class Reason:
    """Why a request may be refused: what the person reads, and the rule that it rests on."""

    words: str | Promise
    rule: str | Promise


REASONS: Mapping[str, Reason] = {
    "duty_runs": Reason(
        _("A duty to keep it still runs; it goes by itself when that is over."),
        _("PIPL § 47, last sentence"),
    ),
    "not_made_sure": Reason(
        _("It could not be made sure that it is you who asks."), _("PIPL § 50: asking in person")
    ),
    "no_guardian": Reason(
        _("For a child under 14 a parent or guardian has to ask."), _("PIPL § 31")
    ),
    "of_others": Reason(_("It would tell about somebody else."), _("PIPL § 10; Civil Code § 1034")),
    "secrecy": Reason(_("A law demands that it is kept secret."), _("PIPL §§ 18 and 45")),
    "is_right": Reason(
        _("It was looked into, and what is kept is right."), _("PIPL § 46: looked into first")
    ),
    "nothing_kept": Reason(_("Nothing of the kind is kept here."), _("PIPL § 45")),
}


def due_at(received: dt.datetime) -> dt.datetime:
    """Return until when an answer is due."""
    return received + dt.timedelta(days=ANSWER_DAYS)


def remind_at(due: dt.datetime) -> dt.datetime:
    """Return when the desk is reminded of one that is still open."""
    return due - dt.timedelta(days=REMIND_DAYS)


def days_left(due: dt.datetime, now: dt.datetime) -> int:
    """Return the days that are left, a day begun counting whole; negative when it is late."""
    day, left = dt.timedelta(days=1), due - now
    return left // day if left < dt.timedelta() else -(-left // day)
