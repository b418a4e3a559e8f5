"""The live process's one listening connection, and what is read from the feed to catch up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tongxin.kernel import clock
from tongxin.plumbing.live.streams import Hub, Notice

logger = logging.getLogger(__name__)

CHANGES, REVOKED = "tongxin_live", "tongxin_revoked"
MOST_TO_CATCH_UP = 2_000
"""A page that missed more than this loads afresh instead."""

_KEEP_SECONDS = 3_600
_RETRY_SECONDS = (0.1, 0.25, 0.5, 1.0)
_CONNECT_SECONDS = 5
_CATCH_UP_AT_ONCE = 4
_PROBE_SECONDS = 20.0
_STATE = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
           (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint
"""
_MISSED = """
    SELECT (SELECT coalesce(min(xid), 0) FROM live_change
            WHERE at < now() - make_interval(secs => %(keep)s)),
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
           (SELECT array_agg(ARRAY[version::text, topic, ref] ORDER BY id) FROM (
                SELECT id, version, topic, ref FROM live_change
                WHERE xid >= %(since)s AND (topic = ANY(%(topics)s) OR areas && %(areas)s::bigint[])
                ORDER BY id LIMIT %(most)s) AS missed)
"""


@dataclass(frozen=True)
class Missed:
    """What a page missed, and up to where it has been told now; ``lost`` when that is not known."""

    notices: tuple[Notice, ...]
    now_at: str
    lost: bool = False


class Listener:
    """Listens as long as ``run`` runs, and reconnects after a loss of the database.

    ``since`` is the moment (Unix seconds) from which on revocations have been heard without a gap:
    a ticket from before it is not to be trusted.
    """

    def __init__(self, conninfo: str, hub: Hub) -> None:
        self.conninfo = conninfo
        self.hub = hub
        self.since = float("inf")
        self.revoked: dict[str, float] = {}
        self._readers = asyncio.Semaphore(_CATCH_UP_AT_ONCE)
        self._idle: list[psycopg.AsyncConnection] = []

    @property
    def listens(self) -> bool:
        """Return whether the connection stands."""
        return self.since != float("inf")

    async def run(self) -> None:
        """Listen for ever."""
        failures = 0
        while True:
            try:
                async with await self._connect() as connection:
                    await self._begin(connection)
                    failures = 0
                    await self._listen(connection)
            except (psycopg.Error, OSError) as error:
                logger.warning("the live feed lost the database: %s", str(error).strip())
            self._gap()
            await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
            failures += 1

    def place(self, last: str) -> int | None:
        """Return the transaction that an event id names, ``None`` when it is not this server's."""
        xid, _dot, epoch = last.partition(".")
        known = xid.isascii() and xid.isdigit() and len(xid) < 20 and epoch == str(self.hub.epoch)
        return int(xid) if known else None

    async def missed(
        self, since: int | None, topics: Iterable[str], *, fresh: bool = False
    ) -> Missed:
        """Return all changes of ``topics`` by transactions from ``since`` on.

        They are ``lost`` when some may be gone, or are too many, or ``since`` is not known here.
        ``fresh`` says that the page was drawn within the last minute: nothing that is past its time
        can be new to it, however far back a long transaction holds ``since``.
        Raises ``psycopg.Error`` when the database does not answer.
        """
        wanted = list(topics)
        values = {
            "since": since or 0,
            "topics": wanted,
            "areas": [int(t.removeprefix("area:")) for t in wanted if t.startswith("area:")],
            "keep": _KEEP_SECONDS,
            "most": MOST_TO_CATCH_UP + 1,
        }
        async with self._readers:
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                row = await (await connection.execute(_MISSED, values)).fetchone()
            except psycopg.Error:
                await connection.close()
                raise
            self._idle.append(connection)
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        forgotten_before, xmin, found = row
        now_at, changes = self.hub.event_id(xmin), found or []
        known = since is not None and since <= xmin and (fresh or forgotten_before <= since)
        if not known or len(changes) > MOST_TO_CATCH_UP:
            return Missed((), now_at, lost=True)
        told = (Notice(xmin, int(version), topic, ref) for version, topic, ref in changes)
        return Missed(tuple(told), now_at)

    def is_revoked(self, member_id: int, session: str, issued: float) -> bool:
        """Return whether a ticket of that moment has been revoked, or may have been, unheard."""
        if issued < self.since:
            return True
        names = (f"member:{member_id}", f"session:{session}")
        return any(self.revoked.get(name, 0.0) >= issued for name in names)

    async def close(self) -> None:
        """Give up the reading connections."""
        for connection in self._idle:
            await connection.close()

    async def _connect(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(
            self.conninfo, autocommit=True, connect_timeout=_CONNECT_SECONDS
        )

    async def _begin(self, connection: psycopg.AsyncConnection) -> None:
        for channel in (CHANGES, REVOKED):
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        row = await (await connection.execute(_STATE)).fetchone()
        self.hub.horizon, self.hub.epoch = row or (0, 0)
        self.since = clock.now().timestamp()

    async def _listen(self, connection: psycopg.AsyncConnection) -> None:
        """Hand on notices; probes a silent connection, for a lost one may stay silent for ever."""
        while True:
            async for notify in connection.notifies(timeout=_PROBE_SECONDS):
                self._take(notify.channel, notify.payload)
            await connection.execute("SELECT 1")

    def _take(self, channel: str, payload: str) -> None:
        if channel == REVOKED:
            self._revoke(payload)
            return
        try:
            notice = Notice.parse(payload)
        except ValueError:
            logger.error("the live feed cannot read %r", payload)
            return
        self.hub.tell(notice)

    def _revoke(self, who: str) -> None:
        now = clock.now().timestamp()
        self.revoked = {name: at for name, at in self.revoked.items() if at > now - _KEEP_SECONDS}
        self.revoked[who if ":" in who else f"member:{who}"] = now
        self.hub.close_those_of(who)

    def _gap(self) -> None:
        """After a loss: what was said meanwhile is not known, so all come back with new tickets."""
        self.since = float("inf")
        self.hub.close("renew")
        idle, self._idle = self._idle, []
        for connection in idle:
            with contextlib.suppress(psycopg.Error, OSError):
                connection.pgconn.finish()
