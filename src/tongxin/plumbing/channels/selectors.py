"""Reading deliveries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from tongxin.kernel import clock
from tongxin.plumbing.channels import registry, templates
from tongxin.plumbing.channels.models import Delivery, DeliveryState

ALERT_GOOD_FOR = dt.timedelta(hours=12)
_MOST_ALERTS = 50
AGAIN = "again:"
"""How the key of a message begins that somebody had sent again; the first one's id follows."""


@dataclass(frozen=True)
class PageAlert:
    """An alert that waits on a member's page; show it when ``actions.mark_shown`` says so."""

    id: int
    template: str
    text: str
    link: str
    number: str
    subject: str
    urgent: bool
    at: dt.datetime


def pending_alerts(member_id: int) -> list[PageAlert]:
    """Return a member's alerts that have not been shown, urgent ones first, then oldest first."""
    rows = Delivery.objects.filter(
        recipient=f"member:{member_id}",
        channel=registry.PAGE,
        state=DeliveryState.SENT,
        created_at__gte=clock.now() - ALERT_GOOD_FOR,
    ).order_by("-urgent", "created_at")
    return [
        PageAlert(
            id=row.pk,
            template=row.template,
            text=templates.render(row.template, row.values),
            link=str(row.values.get("link", "")),
            number=str(row.values.get("number", "")),
            subject=row.subject,
            urgent=row.urgent,
            at=row.created_at,
        )
        for row in rows[:_MOST_ALERTS]
    ]


@dataclass(frozen=True)
class Undelivered:
    """A message that could not be sent so far, and why: no number, no text, no incident.

    ``member_id`` is ``None`` for a reporter's. ``taken_over`` names the channel that went on.
    """

    id: int
    channel: str
    template: str
    member_id: int | None
    state: str
    state_words: str
    tries: int
    why: str
    taken_over: str
    urgent: bool
    at: dt.datetime


def undelivered(since: dt.datetime, limit: int = 200) -> list[Undelivered]:
    """Return what failed, or waits to be tried again, since a moment; the latest first."""
    again = Concat(Value(AGAIN), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    rows = Delivery.objects.filter(
        ~Exists(Delivery.objects.filter(once_key=again)),  # sent again: that one tells the outcome
        state__in=[DeliveryState.FAILED, DeliveryState.RETRY],
        created_at__gte=since,
    ).order_by("-created_at")
    return [_undelivered(row) for row in rows[:limit]]


def _undelivered(row: Delivery) -> Undelivered:
    kind, _colon, number = row.recipient.partition(":")
    state = DeliveryState(row.state)
    return Undelivered(
        id=row.pk,
        channel=row.channel,
        template=row.template,
        member_id=int(number) if kind == "member" else None,
        state=state.value,
        state_words=str(state.label),
        tries=row.tries,
        why=row.result,
        taken_over=row.then,
        urgent=row.urgent,
        at=row.created_at,
    )


def deliveries_about(subject: str) -> list[Delivery]:
    """Return all deliveries about ``subject``, the oldest first."""
    return list(Delivery.objects.filter(subject=subject).order_by("pk"))
