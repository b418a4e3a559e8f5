"""Acts that reach us late, because the phone had no signal: what they were, and when.

Promises are reckoned by when the server hears; the phone's own time is written down beside it.
"""

from __future__ import annotations

import base64
import datetime as dt

from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.dateparse import parse_datetime
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from tongxin.domain.incidents import actions
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.scope import Actor
from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError

LATE = dt.timedelta(minutes=1)
TOO_OLD = dt.timedelta(days=2)


def keeping_of(member: Member) -> dict[str, str]:
    """Return whose acts a phone keeps, and the key that it seals them with.

    The key comes with the page and lies in its memory only: what lies in the browser's storage can
    be read by nobody who is not logged in as this member.
    """
    sealed = salted_hmac("tongxin.field.kept", str(member.pk), algorithm="sha256")
    return {"member": str(member.pk), "key": base64.b64encode(sealed.digest()).decode()}


def own_time(request: HttpRequest) -> dt.datetime | None:
    """Return when the hand was on the button, if that was noticeably before now."""
    said = request.POST.get("occurred_at", "")
    try:
        moment = parse_datetime(said)
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None:
        return None
    return moment if LATE < clock.now() - moment < TOO_OLD else None


def key_of(request: HttpRequest) -> str:
    """Return the key under which the phone sends an act, as often as it must."""
    return request.POST.get("idempotency_key", "")[:72]


def with_own_time(request: HttpRequest, words: str) -> str:
    """Return a note's words, with the time at which they were typed if they come late."""
    moment = own_time(request)
    if moment is None or not words.strip():
        return words
    return _("%(words)s (written at %(time)s without signal)") % {
        "words": words.strip(),
        "time": _clock_time(moment),
    }


def write_down(request: HttpRequest, incident_id: int, actor: Actor, step: object) -> None:
    """Note beside a step that comes late when the member did it."""
    moment = own_time(request)
    if moment is None:
        return
    said = {"step": step, "time": _clock_time(moment)}
    words = _("%(step)s: pressed at %(time)s without signal, arrived here later.") % said
    key = key_of(request)
    try:
        actions.note(incident_id, actor=actor, words=words, key=f"late:{key}" if key else "")
    except TongxinError:
        return  # somebody who may not write here has still done the step


def _clock_time(moment: dt.datetime) -> str:
    return time_format(timezone.localtime(moment), "H:i")
