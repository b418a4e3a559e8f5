"""The database wrapper that the settings name."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks at the socket instead of asking ``SELECT 1`` at the start of every request.

    On a kept connection that is idle nothing is to be read, as nobody listens here; a server that
    ended the session, was killed or restarted has said so or closed its end. One that fell silent
    without closing is found by the first statement.
    """

    def is_usable(self) -> bool:
        """Return whether the kept connection is open and quiet."""
        if self.connection is None or self.connection.pgconn.status != ConnStatus.OK:
            return False
        quiet = select.poll()
        quiet.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not quiet.poll(0)
