"""``tongxin worker``."""

from __future__ import annotations

import sys

from tongxin.config import speak


@speak.command(short_help="Run jobs and clocks (part of serve).")
def command() -> None:
    """Run the jobs and tickers of the service until it is asked to stop.

    ``tongxin serve`` starts one; more may run on any machine that reaches the database. It ends
    with code 75 when the database was lost, to be started again.
    """
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.config.worker import run

        sys.exit(run())
