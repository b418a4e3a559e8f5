"""The same rows written minimally: FastAPI and asyncpg, prepared statements, one transaction.

It writes what a report of ours writes: incident, first line, reporter's words (as bytes of the same
length), two clocks, idempotency key, change for open pages, job. It looks up no token, checks no
right, seals nothing and finds no areas.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Header, Request
from pydantic import BaseModel

AREAS = [1, 2, 3, 4, 5, 6, 7, 8]


class ReportIn(BaseModel):
    """The body of a report."""

    kind: str
    lon: float
    lat: float
    what: str
    contact_phone: str


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["PEER_DSN"], min_size=8, max_size=8) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool)


@app.post("/reports", status_code=201)
async def report(
    given: ReportIn, request: Request, idempotency_key: str = Header()
) -> dict[str, object]:
    """Write the rows of a report."""
    now = dt.datetime.now(dt.UTC)
    async with request.app.state.pool.acquire() as db, db.transaction():
        subject = await db.fetchval(SUBJECT, secrets.token_bytes(72), now)
        words = [
            (subject, "what", secrets.token_bytes(34 + len(given.what.encode())), None, now),
            (subject, "contact_phone", secrets.token_bytes(45), secrets.token_bytes(32), now),
        ]
        await db.executemany(ENTRY, words)
        token = secrets.token_urlsafe(16)
        due = [now + dt.timedelta(seconds=60), now + dt.timedelta(minutes=5)]
        row = await db.fetchrow(
            INCIDENT, given.kind, given.lon, given.lat, AREAS, subject, token, due[0], due[1], now
        )
        pk = row["id"]
        await db.execute(LINE, pk, now, json.dumps({"kind": given.kind}))
        await db.executemany(CLOCK, [(pk, "accept", due[0]), (pk, "arrive", due[1])])
        await db.execute(KEY, idempotency_key, secrets.token_bytes(32), pk, now)
        await db.execute(CHANGE, f"incident:{pk}", AREAS, now)
        await db.execute(JOB, json.dumps({"incident_id": pk, "because": ""}))
    return {"number": row["number"], "kind": given.kind, "token": token}


SUBJECT = """INSERT INTO vault_subject (category, wrapped_key, key_id, created_at)
    VALUES ('incident', $1, 'peer', $2) RETURNING id"""
ENTRY = """INSERT INTO vault_entry
    (subject_id, field, ciphertext, blind_index, legal_basis, notice_version, created_at)
    VALUES ($1, $2, $3, $4, 'public_duty', '', $5)"""
INCIDENT = """INSERT INTO incidents_incident
    (number, kind, state, urgency, is_open, lon, lat, place, place_exact, area_ids, leaf_areas,
    source, external_ref, report_ref, public_token, escalation, needs_person, next_due_at,
    promise_minutes, promise_due_at, opened_at, outcome, version)
    VALUES (lastval()::text, $1, 'reported', 2, true, $2, $3, 'somewhere', false, $4,
    '{"police": 1, "governance": 2, "civic": 3, "urban": 4}', 'api', '', $5, $6, '', true, $7, 5,
    $8, $9, '', 1) RETURNING id, number"""
LINE = """INSERT INTO incidents_timelineentry (incident_id, seq, at, act, actor, payload, public)
    VALUES ($1, 1, $2, 'report', 'member:1', $3, true)"""
CLOCK = """INSERT INTO incidents_clock (incident_id, kind, level, due_at, ref)
    VALUES ($1, $2, '', $3, '')"""
KEY = """INSERT INTO incidents_intakekey (scope, key, body_hash, incident_id, created_at)
    VALUES ('peer', $1, $2, $3, $4)"""
CHANGE = """INSERT INTO live_change (topic, ref, version, areas, at)
    VALUES ('branch', $1, 1, $2, $3)"""
JOB = """SELECT procrastinate_defer_jobs_v1(ARRAY[
    ROW('dispatch', 'dispatch.propose', 50, NULL, NULL, $1::jsonb, NULL)
    ::procrastinate_job_to_defer_v1])"""
