"""The way of a report: one transaction, one statement, however it came in.

Incident, first line, clocks, the reporter's words (sealed), idempotency key and the change for open
pages are written by a single prepared statement; what other apps add (jobs) joins the transaction.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents.events import Event, emit
from tongxin.domain.incidents.kinds import Kind
from tongxin.domain.incidents.kinds.table import PROMISE
from tongxin.domain.incidents.models import Incident, IntakeKey
from tongxin.domain.incidents.numbering import NUMBER_SQL, district_day, open_day
from tongxin.domain.incidents.reports import Report
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor
from tongxin.foundation.territory import actions as territory
from tongxin.foundation.territory import selectors as places
from tongxin.foundation.territory.ground import Located
from tongxin.foundation.territory.models import Network
from tongxin.kernel import clock, prepared
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.plumbing.vault import actions as vault

DEFAULT_PROMISE_MINUTES = 5
"""Where a zone has promised nothing (the slowest of the 1-3-5 promise)."""


class Reported(NamedTuple):
    """The incident of a report; ``replayed`` when the key had brought it in before."""

    incident: Incident
    replayed: bool


def report(given: Report, *, actor: Actor, idempotency_key: str | None = None) -> Reported:
    """Take a report in; durable when the caller's transaction commits.

    With an ``idempotency_key`` (8–80 characters) the same report again gives the same incident,
    also when both come at once; another report under it raises ``Conflict``
    (``intake.key_reused``).
    Raises ``BadInput`` naming the field that is wrong.
    """
    kind = given.checked()
    if isinstance(actor, MemberActor):
        access.require_anywhere(actor, Permission.REPORT)
    if idempotency_key is not None and not 8 <= len(idempotency_key) <= 80:
        raise BadInput("intake.key", _("The key must have 8 to 80 characters."), field="key")
    located = territory.locate_and_record(given.spot)
    incident = _incident(given, kind, located, actor)
    # No savepoint: the statement writes all or, for a known key, nothing.
    with transaction.atomic(savepoint=False):
        known = _write(incident, given, kind, actor, idempotency_key)
        if known is None and given.ended is None:
            emit(Event("incident.reported", incident, actor, 1, {"kind": kind.code}))
    if known is None:
        return Reported(incident, replayed=False)
    return Reported(_same(known, given), replayed=True)


def _write(
    incident: Incident, given: Report, kind: Kind, actor: Actor, key: str | None
) -> IntakeKey | None:
    """Write the report; return the key's row when it was used before and nothing was written."""
    sealed = _seal(incident, given)
    parameters = _parameters(incident, given, kind, actor, key)
    keys = IntakeKey.objects.select_related("incident")
    for _attempt in range(2):
        if _insert(incident, sealed, parameters):
            return None
        known = keys.filter(scope=str(actor), key=key).first() if key else None
        if known is not None:
            return known
        open_day(parameters["day"])  # the first report of its day
    raise RuntimeError("a report was neither written nor known")


def _same(known: IntakeKey, given: Report) -> Incident:
    if bytes(known.body_hash) != given.digest():
        raise Conflict(
            "intake.key_reused", _("This key already stands for another report."), field="key"
        )
    return known.incident


def _incident(given: Report, kind: Kind, located: Located, actor: Actor) -> Incident:
    state = kind.lifecycle.states[kind.lifecycle.start]
    opened = given.ended.opened_at if given.ended else clock.now()
    promise = located.promise_minutes or DEFAULT_PROMISE_MINUTES
    leaves = {network.value: info.id for network, info in located.leaf.items() if info}
    label, exact = (given.place, True) if given.place else places.place_label(given.spot, located)
    incident = Incident(
        kind=kind.code,
        state=state.code,
        urgency=given.urgency or kind.urgency,
        needs_person=state.needs_person,
        lon=given.spot.lon,
        lat=given.spot.lat,
        place=label[:120],
        place_exact=exact,
        area_ids=list(located.area_ids),
        leaf_areas=leaves,
        source=given.source,
        external_ref=given.external_ref,
        reporter_member_id=actor.member.pk if isinstance(actor, MemberActor) else None,
        public_token=secrets.token_urlsafe(16),
        owner_area_id=leaves.get(Network.POLICE.value),
        occurred_at=given.occurred_at,
        opened_at=opened,
    )
    promises = given.ended is None  # an old log does not say when somebody arrived
    if promises and "arrive" in kind.starts and kind.clocks["arrive"] == PROMISE:
        incident.promise_minutes = promise
        incident.promise_due_at = opened + dt.timedelta(minutes=promise)
    _end(incident, given, kind)
    return incident


def _end(incident: Incident, given: Report, kind: Kind) -> None:
    if given.ended is None:
        return
    incident.state = kind.lifecycle.transitions["close"].target
    incident.is_open, incident.needs_person = False, False
    incident.outcome, incident.closed_at = given.ended.outcome, given.ended.closed_at


def due_times(kind: Kind, incident: Incident, clocks: tuple[str, ...]) -> dict[str, dt.datetime]:
    """Return when each of ``clocks`` falls due, counted from the report for ``PROMISE``.

    Clocks that run to a ``DEADLINE`` need the act's field and are not among them.
    """
    due: dict[str, dt.datetime] = {}
    for name in clocks:
        length = kind.clocks[name]
        if length == PROMISE:
            minutes = incident.promise_minutes or DEFAULT_PROMISE_MINUTES
            due[name] = incident.opened_at + dt.timedelta(minutes=minutes)
        elif isinstance(length, int):
            due[name] = clock.now() + dt.timedelta(seconds=length)
    return due


def _seal(incident: Incident, given: Report) -> vault.Prepared | None:
    words = given.words()
    if not words:
        return None
    sealed = vault.prepare(
        category="incident",
        fields=words,
        legal_basis=given.legal_basis,
        notice_version=given.notice_version,
    )
    incident.report_ref = sealed.stored.subject_id
    incident.contact_ref = sealed.stored.refs.get("contact_phone")
    return sealed


def _parameters(
    incident: Incident, given: Report, kind: Kind, actor: Actor, key: str | None
) -> dict[str, Any]:
    due = due_times(kind, incident, kind.starts) if given.ended is None else {}
    incident.next_due_at = min(due.values(), default=None)
    values = {name: getattr(incident, name) for name in _COLUMNS}
    return values | {
        "leaf_areas": json.dumps(incident.leaf_areas),
        "day": district_day(incident.opened_at),
        "now": clock.now(),
        "actor": str(actor),
        "payload": json.dumps(_said(incident, given)),
        "clock_kinds": list(due),
        "clock_dues": list(due.values()),
        "key": key,
        "digest": given.digest() if key else b"",
    }


def _said(incident: Incident, given: Report) -> Mapping[str, Any]:
    said: dict[str, Any] = {
        "kind": incident.kind,
        "source": incident.source,
        "urgency": incident.urgency,
    }
    return said | ({"imported": True, "outcome": given.ended.outcome} if given.ended else {})


def _insert(incident: Incident, sealed: vault.Prepared | None, parameters: dict[str, Any]) -> bool:
    """Write everything, or nothing when the key is taken or the day has no number yet."""
    statement = _WITHOUT_WORDS
    if sealed is not None:
        statement, parameters = _WITH_WORDS, parameters | sealed.parameters()
    row = prepared.row(statement, parameters)
    if row is None:
        return False
    incident.pk, incident.number = row
    incident._state.adding = False
    return True


_COLUMNS: dict[str, str] = {
    "kind": "varchar",
    "state": "varchar",
    "urgency": "smallint",
    "is_open": "boolean",
    "lon": "float8",
    "lat": "float8",
    "place": "varchar",
    "place_exact": "boolean",
    "area_ids": "bigint[]",
    "leaf_areas": "jsonb",
    "source": "varchar",
    "external_ref": "varchar",
    "report_ref": "bigint",
    "contact_ref": "bigint",
    "reporter_member_id": "bigint",
    "public_token": "varchar",
    "owner_area_id": "bigint",
    "escalation": "varchar",
    "needs_person": "boolean",
    "next_due_at": "timestamptz",
    "promise_minutes": "smallint",
    "promise_due_at": "timestamptz",
    "occurred_at": "timestamptz",
    "opened_at": "timestamptz",
    "closed_at": "timestamptz",
    "outcome": "varchar",
    "version": "integer",
}
_NUMBER = NUMBER_SQL.format(day="%(day)s::date", n="(given.id - given.base)")
_STATEMENT = f"""
    WITH numbered AS (
        SELECT nextval('incidents_incident_id_seq') AS id, base
        FROM incidents_daycounter WHERE day = %(day)s::date),
    put_key AS (
        INSERT INTO incidents_intakekey (scope, key, body_hash, incident_id, created_at)
        SELECT %(actor)s::varchar, %(key)s::varchar, %(digest)s::bytea, id, %(now)s::timestamptz
        FROM numbered WHERE %(key)s::varchar IS NOT NULL
        ON CONFLICT (scope, key) DO NOTHING RETURNING incident_id),
    given AS (
        SELECT id, base FROM numbered
        WHERE %(key)s::varchar IS NULL OR EXISTS (SELECT FROM put_key)),
    {{vault}}
    put_line AS (
        INSERT INTO incidents_timelineentry (incident_id, seq, at, act, actor, payload, public)
        SELECT id, 1, %(now)s::timestamptz, 'report', %(actor)s::varchar, %(payload)s::jsonb, true
        FROM given),
    put_clocks AS (
        INSERT INTO incidents_clock (incident_id, kind, level, due_at, ref)
        SELECT given.id, row.kind, '', row.due_at, ''
        FROM given, unnest(%(clock_kinds)s::varchar[], %(clock_dues)s::timestamptz[])
            AS row (kind, due_at)),
    put_change AS (
        INSERT INTO live_change (topic, ref, version, areas, at)
        SELECT 'branch', 'incident:' || id, 1, %(area_ids)s::bigint[], %(now)s::timestamptz
        FROM given)
    INSERT INTO incidents_incident (id, number, {", ".join(_COLUMNS)})
    SELECT id, {_NUMBER}, {", ".join(f"%({name})s::{kind}" for name, kind in _COLUMNS.items())}
    FROM given RETURNING id, number
"""  # noqa: S608 - only the names above are put into the text
_WITH_WORDS = _STATEMENT.format(vault=vault.insert_cte("given") + ",")
_WITHOUT_WORDS = _STATEMENT.format(vault="")
