"""How times, durations and telephone numbers are written on pages."""

from __future__ import annotations

import datetime as dt

import phonenumbers
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from tongxin.kernel import clock

FRESH = dt.timedelta(hours=24)

STATE_WORDS: dict[str, str | Promise] = {
    "waiting": _("waiting"),
    "coming": _("on the way"),
    "there": _("on scene"),
    "done": _("done"),
    "broken": _("promise broken"),
    "unknown": _("not known"),
    # the life of an assignment
    "asked": _("asked"),
    "accepted": _("accepted"),
    "departed": _("on the way"),
    "arrived": _("on scene"),
    "declined": _("cannot go"),
    "lapsed": _("no answer"),
    "released": _("called back"),
}
MARKS: dict[str, str] = {
    **{code: code for code in ("waiting", "coming", "there", "done", "broken", "unknown")},
    "asked": "waiting",
    "accepted": "waiting",
    "departed": "coming",
    "arrived": "there",
}
MODE_WORDS: dict[str, str | Promise] = {
    "car": _("by car"),
    "bicycle": _("by e-bike"),
    "foot": _("on foot"),
}


def state_word(code: str) -> str:
    """Return the usual word for a state's code."""
    return str(STATE_WORDS.get(code, STATE_WORDS["unknown"]))


def mark_of(code: str) -> str:
    """Return which of the six marks a state's code is drawn with; unknown ones are grey."""
    return MARKS.get(code, "unknown")


def mode_word(code: str) -> str:
    """Return the usual word for a way of moving."""
    return str(MODE_WORDS.get(code, code))


def absolute(moment: dt.datetime) -> str:
    """Return ``2026-07-03 23:05:10`` in the district's zone."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")


def day(moment: dt.datetime | dt.date) -> str:
    """Return ``2026-07-03``; of a moment its day in the district's zone."""
    local = timezone.localdate(moment) if isinstance(moment, dt.datetime) else moment
    return local.isoformat()


def minute(moment: dt.datetime) -> str:
    """Return ``2026-07-03 23:05`` in the district's zone."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def relative(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """Return "2 min ago" while fresh (24 h), then day and minute; coming moments likewise."""
    passed = (now or clock.now()) - moment
    if abs(passed) >= FRESH:
        return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
    seconds = passed.total_seconds()
    if abs(seconds) < 60:
        return gettext("just now") if seconds >= 0 else gettext("at once")
    return _since(int(seconds // 60)) if seconds > 0 else _until(int(-seconds // 60))


def _since(count: int) -> str:
    if count < 60:
        return ngettext("%(num)s min ago", "%(num)s min ago", count) % {"num": count}
    return ngettext("%(num)s hour ago", "%(num)s hours ago", count // 60) % {"num": count // 60}


def _until(count: int) -> str:
    if count < 60:
        return ngettext("in %(num)s min", "in %(num)s min", count) % {"num": count}
    return ngettext("in %(num)s hour", "in %(num)s hours", count // 60) % {"num": count // 60}


def ago(moment: dt.datetime | None) -> Markup:
    """Return a ``<time>``: relative, absolute on hover, kept fresh by kit.ts; a dash for none."""
    if moment is None:
        return Markup("–")
    tag = Markup('<time datetime="{}" title="{}" data-ago>{}</time>')
    return tag.format(moment.isoformat(), absolute(moment), relative(moment))


def at_time(moment: dt.datetime) -> Markup:
    """Return a ``<time>`` that reads ``23:05`` today and month, day and minute otherwise."""
    local = timezone.localtime(moment)
    today = timezone.localtime(clock.now()).date() == local.date()
    tag = Markup('<time datetime="{}" title="{}">{}</time>')
    words = local.strftime("%H:%M" if today else "%m-%d %H:%M")
    return tag.format(moment.isoformat(), absolute(moment), words)


def minutes(value: float) -> str:
    """Return "2 min" for a number of minutes; one decimal under ten unless whole."""
    rounded = round(value, 1) if value < 10 else round(value)
    number = int(rounded) if rounded == int(rounded) else rounded
    return ngettext("%(num)s min", "%(num)s min", int(rounded)) % {"num": number}


def min_sec(seconds: float) -> str:
    """Return ``4:05`` for a length in seconds, ``1:04:05`` from an hour on."""
    whole = int(abs(seconds))
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60}:{rest % 60:02d}"


def left(due: dt.datetime, done: dt.datetime | None = None) -> str:
    """Return what a clock shows before its script runs: ``4:05`` left or ``+0:30`` over."""
    seconds = (due - (done or clock.now())).total_seconds()
    return min_sec(seconds) if seconds >= 0 else f"+{min_sec(seconds)}"


def phone_words(number: str, region: str = "CN") -> str:
    """Return the number grouped as people read it; unreadable ones as they are."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    home = parsed.country_code == phonenumbers.country_code_for_region(region)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if home else style.INTERNATIONAL)


def phone_link(number: str, name: str = "") -> Markup:
    """Return a tap-to-dial link. ``name`` is told to screen readers, never shown twice."""
    dialled = "".join(sign for sign in number if sign.isdigit() or sign in "+*#")
    called = gettext("Ring %(name)s") % {"name": name} if name else gettext("Ring")
    link = Markup(
        '<a class="dial" href="tel:{}" data-dial><svg class="i" aria-hidden="true">'
        '<use href="#i-phone"></use></svg><span class="hidden-text">{} </span>{}</a>'
    )
    return link.format(dialled, called, phone_words(number))
