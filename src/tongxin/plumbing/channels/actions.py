"""Queueing what goes out, recalling it, marking it as shown."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict, NotFound
from tongxin.plumbing.channels import registry, templates
from tongxin.plumbing.channels.call.gateway import CallState, result_of
from tongxin.plumbing.channels.models import Delivery, DeliveryState
from tongxin.plumbing.channels.page.alerts import announce
from tongxin.plumbing.channels.results import DeliveryResult, Handler, on_result
from tongxin.plumbing.channels.selectors import AGAIN
from tongxin.plumbing.channels.settling import settle

__all__ = [
    "DeliveryResult",
    "Handler",
    "mark_shown",
    "note_call_state",
    "on_result",
    "queue",
    "recall",
    "send_again",
]

_LONGEST_KEY = 120
_INSERT = """
    INSERT INTO channels_delivery (once_key, channel, recipient, template, values, subject, urgent,
        state, "then", provider_ref, tries, result, due_at, created_at, sent_at)
    VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, '', 0, '', %s, %s, %s)
    ON CONFLICT (once_key) DO NOTHING RETURNING id
"""


def queue(
    *,
    once_key: str,
    channel: str,
    recipient: str,
    template: str,
    values: Mapping[str, object],
    subject: str = "",
    urgent: bool = False,
    due_at: dt.datetime | None = None,
    then: str = "",
) -> int:
    """Queue one message in the caller's transaction; return its id.

    The same ``once_key`` again queues nothing and returns the first one's id. ``recipient`` is
    ``member:ID`` or ``vault:ID`` (a sealed phone number). ``then`` names the channel that takes
    over when this one fails. A page alert that is due is on the page with the commit. Raises
    ``BadInput`` for an unknown channel, recipient or template, or values out of form.
    """
    _check(once_key, channel, recipient, then)
    templates.check(template, values)
    now = clock.now()
    due = due_at or now
    at_once = channel == registry.PAGE and due <= now
    state = DeliveryState.SENT if at_once else DeliveryState.QUEUED
    words = json.dumps(dict(values))
    row: list[Any] = [once_key, channel, recipient, template, words, subject, urgent]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*row, state, then, due, now, now if at_once else None])
        made = cursor.fetchone()
    if made is None:
        return Delivery.objects.values_list("pk", flat=True).get(once_key=once_key)
    if at_once:
        announce(recipient, made[0])
    return int(made[0])


def send_again(delivery_id: int) -> int:
    """Queue a message that failed once more, in the caller's transaction; return its new id.

    It goes by the same way, and on by the same successor. Two who ask for it send it once. Raises
    ``NotFound``, or ``Conflict`` for what has not failed.
    """
    row = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if row is None:
        raise NotFound("delivery.unknown", _("There is no such message."))
    if row.state != DeliveryState.FAILED:
        raise Conflict("delivery.not_failed", _("This message has not failed: it goes out itself."))
    return queue(
        once_key=f"{AGAIN}{row.pk}",
        channel=row.channel,
        recipient=row.recipient,
        template=row.template,
        values=row.values,
        subject=row.subject,
        urgent=row.urgent,
        then=row.then,
    )


def mark_shown(delivery_id: int, member_id: int) -> bool:
    """Mark a page alert as shown; return whether this call was the first, so may show it.

    Of two tabs, or of two tries, one gets ``True``. Another member's alert is never marked.
    """
    shown = Delivery.objects.filter(
        pk=delivery_id,
        channel=registry.PAGE,
        recipient=f"member:{member_id}",
        state=DeliveryState.SENT,
    ).update(state=DeliveryState.SHOWN, shown_at=clock.now())
    return shown == 1


def recall(
    *,
    subject: str,
    recipient: str = "",
    template: str = "recalled",
    values: Mapping[str, object] | None = None,
) -> list[int]:
    """Take back what was queued about ``subject`` (for one recipient, or all).

    What is not out yet never goes out; page alerts not yet shown vanish. Whoever was reached
    gets ``template`` by the same channel, when ``values`` are given (a call is followed by an SMS
    where there is one, else by the page). Returns the ids of these messages.
    """
    with transaction.atomic():
        rows = Delivery.objects.select_for_update().filter(subject=subject)
        rows = rows.filter(recipient=recipient) if recipient else rows
        rows = rows.exclude(template=template)
        told = []
        for row in rows.exclude(state__in=[DeliveryState.RECALLED, DeliveryState.FAILED]):
            reached = _was_reached(row)
            if row.state != DeliveryState.SHOWN and not (reached and row.channel != registry.PAGE):
                _take_back(row)
            if reached and values is not None:
                told.append(_tell_of_recall(row, template, values))
        return told


def note_call_state(*, call: str, state: CallState) -> bool:
    """Take a gateway's webhook word on a call that we dialled; return whether it was one of ours.

    Word that comes twice, or after the worker has asked for itself, changes nothing.
    """
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update()
            .filter(channel="call", provider_ref=call)
            .order_by("-pk")
            .first()
        )
        if call and row is not None:
            settle(row.pk, result_of(state, call))
        return bool(call) and row is not None


def _was_reached(row: Delivery) -> bool:
    if row.channel == registry.PAGE:
        return row.state == DeliveryState.SHOWN
    return row.state == DeliveryState.SENT or bool(row.provider_ref)


def _take_back(row: Delivery) -> None:
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.RECALLED, leased_until=None)
    if row.channel == registry.PAGE and row.state == DeliveryState.SENT:
        announce(row.recipient, row.pk)


def _tell_of_recall(row: Delivery, template: str, values: Mapping[str, object]) -> int:
    by_text = row.channel != registry.PAGE and registry.is_configured("sms")
    return queue(
        once_key=f"{row.once_key[: _LONGEST_KEY - 7]}:recall",
        channel="sms" if by_text else registry.PAGE,
        recipient=row.recipient,
        template=template,
        values=values,
        subject=row.subject,
        urgent=row.urgent,
    )


def _check(once_key: str, channel: str, recipient: str, then: str) -> None:
    if not once_key or len(once_key) > _LONGEST_KEY:
        raise BadInput("channels.once_key", "A message needs a key of 1 to 120 characters.")
    for name in (channel, *([then] if then else [])):
        if name not in registry.NAMES:
            raise BadInput("channels.unknown", f"There is no channel {name!r}.", field="channel")
    kind, _colon, number = recipient.partition(":")
    if kind not in ("member", "vault") or not number.isdigit():
        raise BadInput(
            "channels.recipient",
            _("A message goes to a member or to a sealed phone number."),
            field="recipient",
        )
    if channel == registry.PAGE and kind != "member":
        raise BadInput("channels.recipient", _("Only members have a page."), field="recipient")
