"""``tongxin serve``."""

from __future__ import annotations

from tongxin.config import speak


@speak.command(short_help="Serve pages, live streams and jobs.")
def command() -> None:
    """Run everything an installation needs, and keep it running.

    Pages and API on PORT, live streams on PORT + 1, one worker, and the embedded PostgreSQL unless
    DATABASE_URL names a server. Ends everything on SIGTERM or Ctrl-C.
    """
    from tongxin.config.supervisor import Plan, serve

    serve(Plan())
