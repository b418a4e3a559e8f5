"""The worker process: immediate jobs through procrastinate, and the tickers of all apps.

A job that was running in a worker which was killed is given back by the others (or by its
successor) once its heartbeat is 5 s old. Jobs are therefore written to be run twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

from procrastinate import exceptions
from procrastinate.contrib.django import app as django_jobs
from procrastinate.contrib.django.db_cleanup import DjangoApp

from tongxin.config import memory
from tongxin.kernel import ticking

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 1.0
STALLED_SECONDS = 5.0
REAP_SECONDS = 1.0
FORGET_WORKER_SECONDS = 60.0
GRACE_SECONDS = 8.0
SWITCH_SECONDS = 0.0005
"""Threads take turns this often (Python's own is 5 ms): a plan is not kept waiting by a ticker."""
EXIT_TRY_AGAIN = 75  # EX_TEMPFAIL: the database was lost, start me again


def run() -> int:
    """Work until SIGTERM or SIGINT; return the exit code (75 when the database was lost)."""
    stop = threading.Event()
    sys.setswitchinterval(SWITCH_SECONDS)
    threads = [memory.settle_when_warm(stop), *ticking.start_all(stop, own_connections)]
    logger.info("worker: %d tickers, %d jobs", len(threads) - 1, len(django_jobs.tasks))
    try:
        return asyncio.run(_work())
    finally:
        stop.set()
        for thread in threads:
            thread.join(GRACE_SECONDS)


@contextlib.contextmanager
def own_connections() -> Iterator[None]:
    """Give up connections that the database has dropped, before and after an act."""
    from django.db import close_old_connections

    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


async def _work() -> int:
    jobs = _jobs_on_own_connections()
    asked = asyncio.Event()
    async with jobs.open_async():
        working = asyncio.create_task(_run_jobs(jobs))
        reaping = asyncio.create_task(_reap(jobs))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, _ask, asked, working)
        with contextlib.suppress(asyncio.CancelledError):
            await working
        reaping.cancel()
    return 0 if asked.is_set() else EXIT_TRY_AGAIN


def _ask(asked: asyncio.Event, working: asyncio.Task[None]) -> None:
    asked.set()
    working.cancel()


def _jobs_on_own_connections() -> Any:
    """Return an app with the same jobs on a pool of its own.

    Jobs themselves go on deferring through the Django connection, that is in their transaction.
    """
    connector: Any = django_jobs.connector
    jobs = DjangoApp(connector=connector.get_worker_connector())
    jobs.tasks = django_jobs.tasks
    return jobs


async def _run_jobs(jobs: Any) -> None:
    await jobs.run_worker_async(
        name=f"tongxin-{os.getpid()}",
        concurrency=int(os.environ.get("TONGXIN_WORKER_THREADS", "4")),
        fetch_job_polling_interval=POLL_SECONDS,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=FORGET_WORKER_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
        delete_jobs="successful",
        install_signal_handlers=False,
    )


async def _reap(jobs: Any) -> None:
    """Give back, each second, the jobs of workers that have stopped breathing."""
    while True:
        try:
            await give_back_stalled_jobs(jobs)
        except exceptions.ConnectorException:
            logger.warning("stalled jobs could not be looked for; trying again")
        await asyncio.sleep(REAP_SECONDS)


async def give_back_stalled_jobs(jobs: Any) -> int:
    """Put the jobs of workers without heartbeat for 5 s back into the queue; return how many."""
    manager = jobs.job_manager
    given_back = 0
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        with contextlib.suppress(exceptions.ConnectorException):  # another worker was first
            await manager.retry_job(job)
            given_back += 1
            logger.warning("job %s of a lost worker is given back", job.call_string)
    return given_back
