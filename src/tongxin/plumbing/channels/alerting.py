"""Alerting a member: on the page at once, by telephone where there is a gateway, else by SMS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongxin.kernel import clock
from tongxin.kernel.inserting import insert
from tongxin.plumbing.channels import registry, templates
from tongxin.plumbing.channels.actions import queue
from tongxin.plumbing.channels.models import Delivery, DeliveryState
from tongxin.plumbing.live.actions import publish_many


def alert(
    *,
    member_id: int,
    template: str,
    values: Mapping[str, object],
    subject: str,
    once_key: str,
    urgent: bool = True,
) -> dict[str, int]:
    """Alert a member in the caller's transaction; return the delivery's id for each channel used.

    The page has it with the commit. An urgent alert also rings the member's work phone, and a call
    that is busy, not answered or cannot be made is followed by an SMS; one that is not urgent goes
    by SMS straight away. Channels that are not configured are left out. The same ``once_key`` again
    alerts nobody twice.
    """
    return {
        channel: queue(
            once_key=f"{once_key}:{channel}",
            channel=channel,
            recipient=f"member:{member_id}",
            template=template,
            values=values,
            subject=subject,
            urgent=urgent,
            then=then,
        )
        for channel, then in _ways(urgent).items()
    }


@dataclass(frozen=True)
class Alert:
    """One alert of several; the fields are those of ``alert``."""

    member_id: int
    template: str
    values: Mapping[str, object]
    subject: str
    once_key: str


def alert_new(alerts: Sequence[Alert], *, urgent: bool = True) -> None:
    """Alert several members in two statements, whatever their number, as ``alert`` does.

    For alerts whose ``once_key`` is surely new, such as that of a row just written: a key that is
    known already raises ``IntegrityError``.
    """
    for one in alerts:
        templates.check(one.template, one.values)
    ways = _ways(urgent).items()
    rows = [_row(one, channel, then, urgent) for one in alerts for channel, then in ways]
    insert(rows)
    pages = [row for row in rows if row.channel == registry.PAGE]
    publish_many([(row.recipient, f"alert:{row.pk}") for row in pages])


def _ways(urgent: bool) -> dict[str, str]:
    """Return the channels to use, each with the one that takes over when it fails."""
    ways = {registry.PAGE: ""}
    texts = registry.is_configured("sms")
    if urgent and registry.is_configured("call"):
        ways["call"] = "sms" if texts else ""
    elif texts:
        ways["sms"] = ""
    return ways


def _row(one: Alert, channel: str, then: str, urgent: bool) -> Delivery:
    now, at_once = clock.now(), channel == registry.PAGE
    return Delivery(
        once_key=f"{one.once_key}:{channel}",
        channel=channel,
        recipient=f"member:{one.member_id}",
        template=one.template,
        values=dict(one.values),
        subject=one.subject,
        urgent=urgent,
        then=then,
        state=DeliveryState.SENT if at_once else DeliveryState.QUEUED,
        due_at=now,
        created_at=now,
        sent_at=now if at_once else None,
    )
