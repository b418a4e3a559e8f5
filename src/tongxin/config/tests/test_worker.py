from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from tongxin.config import worker

pytestmark = pytest.mark.django_db(transaction=True)

RAN: list[int] = []


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    RAN.clear()

    @app.task(name="tests.note")
    def note(number: int) -> None:
        RAN.append(number)

    yield
    del app.tasks["tests.note"]


def test_a_job_runs_only_if_what_caused_it_was_committed() -> None:
    with transaction.atomic():
        _defer(1)
        transaction.set_rollback(True)
    with transaction.atomic():
        _defer(2)
    _work_once()
    assert RAN == [2]
    assert _statuses() == []  # finished jobs are deleted


def test_a_job_of_a_lost_worker_is_given_back_and_runs() -> None:
    _defer(7)
    _on_own_connections(_take_and_die)
    assert _statuses() == ["doing"]
    _work_once()
    assert RAN == []  # nobody else touches it while its worker may still breathe
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '6 s'")
    assert _on_own_connections(worker.give_back_stalled_jobs) == 1
    _work_once()
    assert RAN == [7]


def test_jobs_that_a_job_defers_share_its_transaction() -> None:
    @app.task(name="tests.outer")
    def outer() -> None:
        with transaction.atomic():
            _defer(1)
            transaction.set_rollback(True)
        _defer(2)

    try:
        outer.defer()
        _work_once()
    finally:
        del app.tasks["tests.outer"]
    assert RAN == [2]


def _defer(number: int) -> None:
    app.configure_task("tests.note").defer(number=number)


def _work_once() -> None:
    async def work(jobs: Any) -> None:
        await jobs.run_worker_async(wait=False, delete_jobs="successful", listen_notify=False)

    _on_own_connections(work)


async def _take_and_die(jobs: Any) -> None:
    worker_id = await jobs.job_manager.register_worker()
    assert await jobs.job_manager.fetch_job(queues=None, worker_id=worker_id)


def _on_own_connections(work: Callable[[Any], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        jobs = worker._jobs_on_own_connections()
        async with jobs.open_async():
            return await work(jobs)

    return asyncio.run(run())


def _statuses() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs")
        return [row[0] for row in cursor.fetchall()]
