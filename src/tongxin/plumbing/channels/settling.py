"""Writing down what became of an attempt: sent, again later, or failed and who takes over."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from tongxin.kernel import clock
from tongxin.plumbing.channels import registry, results
from tongxin.plumbing.channels.models import Delivery, DeliveryState
from tongxin.plumbing.channels.protocol import Outcome, Result

LONGEST_CALL = dt.timedelta(seconds=150)
_FIRST_PAUSE_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 60.0


def settle(delivery_id: int, result: Result) -> None:
    """Write a result and tell those who registered, in one transaction.

    A delivery that is no longer being sent (settled by somebody else, recalled) stays as it is.
    """
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(pk=delivery_id)
        if row.state != DeliveryState.LEASED:
            return
        if result.outcome is Outcome.PENDING:
            _keep_asking(row, result)
        elif result.outcome.may_be_tried_again and row.tries < _tries(row.channel):
            _again_later(row, result)
        else:
            _end(row, result)


def _keep_asking(row: Delivery, result: Result) -> None:
    if clock.now() - row.due_at > LONGEST_CALL:
        _end(row, Result(Outcome.NO_ANSWER, "no result"))
        return
    row.provider_ref = result.provider_ref or row.provider_ref
    row.leased_until = clock.now() + dt.timedelta(seconds=result.after_seconds)
    row.save(update_fields=["provider_ref", "leased_until"])


def _again_later(row: Delivery, result: Result) -> None:
    pause = result.after_seconds or _FIRST_PAUSE_SECONDS * 2 ** (row.tries - 1)
    row.state = DeliveryState.RETRY
    row.due_at = clock.now() + dt.timedelta(seconds=min(pause, _LONGEST_PAUSE_SECONDS))
    row.leased_until = None
    row.result = _words(result)
    row.save(update_fields=["state", "due_at", "leased_until", "result"])


def _end(row: Delivery, result: Result) -> None:
    now = clock.now()
    row.state = DeliveryState.SENT if result.outcome.succeeded else DeliveryState.FAILED
    row.sent_at = now if result.outcome.succeeded else None
    row.leased_until = None
    row.provider_ref = result.provider_ref or row.provider_ref
    row.result = _words(result)
    row.save(update_fields=["state", "sent_at", "leased_until", "provider_ref", "result"])
    successor = "" if result.outcome.succeeded else row.then
    if successor:
        _hand_on(row, successor, now)
    results.tell(
        results.DeliveryResult(
            delivery_id=row.pk,
            once_key=row.once_key,
            channel=row.channel,
            recipient=row.recipient,
            template=row.template,
            subject=row.subject,
            outcome=result.outcome,
            note=result.note,
            at=now,
            falls_back_to=successor,
        )
    )


def _hand_on(row: Delivery, successor: str, now: dt.datetime) -> None:
    """Queue the same message by the channel that takes over (its worker takes it within 0.5 s)."""
    Delivery.objects.bulk_create(
        [
            Delivery(
                once_key=f"{row.once_key[:110]}>{successor}",
                channel=successor,
                recipient=row.recipient,
                template=row.template,
                values=row.values,
                subject=row.subject,
                urgent=row.urgent,
                due_at=now,
                created_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def _tries(channel: str) -> int:
    known = registry.channels().get(channel)
    return known.tries if known else 1


def _words(result: Result) -> str:
    return f"{result.outcome} {result.note}".strip()[:160]
