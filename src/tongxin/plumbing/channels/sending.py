"""The worker's side: claims deliveries that are due, sends them, writes down what became of them.

Each channel has a ticker, and so a thread, of its own: one whose gateway hangs delays no other.
A delivery is claimed with a lease; when its worker dies, the lease runs out and another takes it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.db import transaction

from tongxin.foundation.access.models import Member
from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError
from tongxin.plumbing.channels import registry, templates
from tongxin.plumbing.channels.models import Delivery
from tongxin.plumbing.channels.page.alerts import announce
from tongxin.plumbing.channels.protocol import Channel, Outcome, Outgoing, Result
from tongxin.plumbing.channels.settling import settle
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault.purposes import Purpose

logger = logging.getLogger(__name__)

EVERY_SECONDS = 0.5
_LEASE_SLACK_SECONDS = 15.0
_PAGE_BATCH = 500
# Only what is queued may be overtaken by urgent ones; a lease that ran out counts as due.
_CLAIM = """
    UPDATE channels_delivery SET state = 'leased', leased_until = %s,
        tries = tries + CASE WHEN provider_ref = '' THEN 1 ELSE 0 END
    WHERE id IN (
        SELECT id FROM channels_delivery
        WHERE channel = %s AND state IN ('queued', 'retry', 'leased') AND due_at <= %s
            AND (state <> 'leased' OR leased_until <= %s)
        ORDER BY urgent DESC, due_at LIMIT %s
        FOR UPDATE SKIP LOCKED)
    RETURNING id, once_key, channel, recipient, template, values, urgent, provider_ref, tries
"""


def work(name: str) -> None:
    """Send all that is due on the channel ``name``, as many at once as the channel allows."""
    channel = registry.channels().get(name)
    if channel is None:
        _refuse_all(name)
        return
    with ThreadPoolExecutor(channel.workers, thread_name_prefix=f"channel-{name}") as pool:
        under_way: dict[Future[Result], int] = {}
        while True:
            free = channel.workers - len(under_way)
            claimed = claim(name, free, channel.timeout_seconds) if free else []
            for delivery_id, outgoing in _addressed(claimed):
                under_way[pool.submit(_send, channel, outgoing)] = delivery_id
            if not under_way:
                return
            _settle_some(under_way)


def show_due_pages() -> None:
    """Put page alerts on the page that were queued for a later time."""
    with transaction.atomic():
        for row in claim(registry.PAGE, _PAGE_BATCH, 0):
            announce(row.recipient, row.pk)
            settle(row.pk, Result(Outcome.SENT))


def claim(name: str, limit: int, timeout_seconds: float) -> list[Delivery]:
    """Lease up to ``limit`` deliveries that are due, urgent ones first; commits the lease."""
    now = clock.now()
    until = now + dt.timedelta(seconds=2 * timeout_seconds + _LEASE_SLACK_SECONDS)
    with transaction.atomic():
        return list(Delivery.objects.raw(_CLAIM, [until, name, now, now, limit]))


def _addressed(rows: list[Delivery]) -> Iterable[tuple[int, Outgoing]]:
    """Yield what can be sent; what has no number, or cannot be written, is settled here."""
    numbers = _numbers({row.recipient for row in rows})
    sealed = _sealed(rows)
    for row in rows:
        ref = int(row.values.get(templates.SEALED, 0))
        if ref and ref not in sealed:  # used, or over: it need not go out any more
            settle(row.pk, Result(Outcome.REJECTED, "gone"))
            continue
        try:
            text = templates.render(row.template, row.values, opened=sealed.get(ref, ""))
        except TongxinError as error:
            settle(row.pk, Result(Outcome.REJECTED, error.code))
            continue
        if not numbers.get(row.recipient):
            settle(row.pk, Result(Outcome.NO_ADDRESS))
            continue
        yield (
            row.pk,
            Outgoing(
                ref=row.once_key,
                address=numbers[row.recipient],
                template=row.template,
                text=text,
                urgent=row.urgent,
                provider_ref=row.provider_ref,
            ),
        )


def _numbers(recipients: set[str]) -> dict[str, str]:
    """Return the number of each recipient that has one; looks at sealed ones are traced."""
    ids: dict[str, list[int]] = {"member": [], "vault": []}
    for recipient in recipients:
        kind, _colon, number = recipient.partition(":")
        ids[kind].append(int(number))
    members = Member.objects.filter(pk__in=ids["member"], is_active=True)
    found = {f"member:{pk}": phone for pk, phone in members.values_list("pk", "phone")}
    sealed = vault.reveal_many(
        ids["vault"], actor="system:channels", purpose=Purpose.NOTIFY_REPORTER
    )
    return found | {f"vault:{ref}": phone for ref, phone in sealed.items()}


def _sealed(rows: list[Delivery]) -> dict[int, str]:
    """Open the values that messages carry sealed, each look traced."""
    refs = [int(row.values[templates.SEALED]) for row in rows if templates.SEALED in row.values]
    if not refs:
        return {}
    return vault.reveal_many(refs, actor="system:channels", purpose=Purpose.NOTIFY_REPORTER)


def _send(channel: Channel, outgoing: Outgoing) -> Result:
    """Run in a thread of the pool; touches no database. An error is a failed attempt."""
    try:
        return channel.send(outgoing)
    except Exception as error:
        logger.exception("channel %s failed", channel.name)
        return Result(Outcome.UNREACHABLE, type(error).__name__)


def _settle_some(under_way: dict[Future[Result], int]) -> None:
    done, _rest = wait(under_way, timeout=EVERY_SECONDS, return_when=FIRST_COMPLETED)
    for future in done:
        settle(under_way.pop(future), future.result())


def _refuse_all(name: str) -> None:
    """Fail what waits for a channel that is not configured, so that its successor takes over."""
    for row in claim(name, _PAGE_BATCH, 0):
        settle(row.pk, Result(Outcome.NOT_CONFIGURED))
