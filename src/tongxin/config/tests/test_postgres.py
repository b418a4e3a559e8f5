"""The embedded server, with real processes: each test starts one of its own."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tongxin.config import postgres
from tongxin.config.database import check_version, prepare
from tongxin.config.postgres import EmbeddedPostgres, answers
from tongxin.kernel.errors import TongxinError

pytestmark = pytest.mark.database


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def running(data: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(data, durable=False) as server:
        yield server


def test_it_answers_to_both_roles_and_only_on_its_socket(running: EmbeddedPostgres) -> None:
    urls = running.urls()
    prepare(urls)
    with psycopg.connect(urls.app) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("tongxin_app",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW wal_level").fetchone() == ("logical",)
        check_version(connection)


def test_the_apps_role_may_write_rows_but_not_change_the_schema(running: EmbeddedPostgres) -> None:
    urls = running.urls()
    prepare(urls)
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY)")
    with psycopg.connect(urls.app, autocommit=True) as app:
        app.execute("INSERT INTO later DEFAULT VALUES")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("TRUNCATE later")


def test_what_was_taken_from_the_app_is_not_given_back(running: EmbeddedPostgres) -> None:
    urls = running.urls()
    prepare(urls)
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("CREATE TABLE django_migrations (id int)")
        owner.execute("CREATE TABLE kept (id int)")
        owner.execute("REVOKE DELETE ON kept FROM tongxin_app")
    prepare(urls)
    with (
        psycopg.connect(urls.app, autocommit=True) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("DELETE FROM kept")


def test_after_a_kill_it_starts_again_with_what_was_committed(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        prepare(server.urls())
        with psycopg.connect(server.urls().owner, autocommit=True) as owner:
            owner.execute("CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(_pid(server), signal.SIGKILL)
        _wait(server)
        assert (server.cluster / "postmaster.pid").exists()
        server.start()
        with psycopg.connect(server.urls().owner) as owner:
            assert owner.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_stranger_with_a_recycled_number_is_left_alone(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False):
        pass
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        pid_file = data / "postgres" / "data" / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{data}\n0\n5432\n\n\n0 0\nready\n")
        socket_lock = postgres.socket_folder(data) / ".s.PGSQL.5432.lock"
        socket_lock.write_text(f"{stranger.pid}\n{data}\n0\n5432\n\n")
        with EmbeddedPostgres(data, durable=False) as server:
            assert server.answers()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_left_over_from_a_killed_supervisor_is_ended_first(data: Path) -> None:
    orphan = EmbeddedPostgres(data, durable=False)
    orphan.start()
    left_over = _pid(orphan)
    with EmbeddedPostgres(data, durable=False) as server:
        assert server.pid != left_over
        assert server.answers()
    _wait(orphan)


def test_it_ends_with_the_process_that_started_it(data: Path) -> None:
    code = (
        "import sys, pathlib, tongxin.config.postgres as p\n"
        "s = p.EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False); s.start()\n"
        "print(s.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(postgres.__file__).parents[2])},
    )
    assert parent.stdout
    assert int(parent.stdout.readline())
    url = postgres.urls_of(data, "postgres").owner
    assert answers(url)
    parent.kill()
    parent.communicate()
    _until(lambda: not answers(url))


def test_when_it_cannot_start_the_sentence_ends_with_the_servers_own(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmbeddedPostgres(data, durable=False):
        pass
    monkeypatch.setattr(postgres, "START_SECONDS", 1.0)
    monkeypatch.setattr(
        EmbeddedPostgres, "_settings", lambda _self: {"shared_buffers": "not a size"}
    )
    with pytest.raises(TongxinError, match="contains errors"):
        EmbeddedPostgres(data, durable=False).start()


def test_a_cluster_of_another_version_is_refused(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False):
        pass
    (data / "postgres" / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(TongxinError, match="made by PostgreSQL 9"):
        EmbeddedPostgres(data, durable=False).start()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 30) / "data"
    folder = postgres.socket_folder(data)
    assert len(str(folder)) < 90
    with EmbeddedPostgres(data, durable=False) as server:
        assert server.answers()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_closed_to_others_is_no_hindrance(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedPostgres(closed / "data", durable=False) as server:
        assert server.answers()


def test_passwords_are_for_the_owner_of_the_data_only(running: EmbeddedPostgres) -> None:
    for path in (running.data / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    wrong = running.urls("postgres").app.replace("tongxin_app:", "tongxin_app:not")
    assert not answers(wrong)


def _pid(server: EmbeddedPostgres) -> int:
    assert server.pid is not None
    return server.pid


def _wait(server: EmbeddedPostgres) -> None:
    assert server._process is not None
    server._process.wait(30)


def _until(true: object, tries: int = 600) -> None:
    import threading

    for _ in range(tries):
        if true():  # type: ignore[operator]
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not happen within 30 s")
