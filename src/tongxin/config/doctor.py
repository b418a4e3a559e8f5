"""Looks at every part of an installation and says of each what is wrong and how to mend it."""

from __future__ import annotations

import enum
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongxin.config.words import gettext as _
from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError

ENOUGH_DISK, LEAST_DISK = 2 * 10**9, 5 * 10**8
CLOCK_WARN_SECONDS, CLOCK_WRONG_SECONDS = 0.5, 2.0


class State(enum.Enum):
    """How a part is; ``LACKING`` means that the rest works without it."""

    WELL = "✓"
    LACKING = "!"
    WRONG = "✗"


@dataclass(frozen=True)
class Finding:
    """One part: how it is, one sentence about it, and the mend when it is not well."""

    part: str
    state: State
    what: str
    mend: str = ""

    @property
    def level(self) -> str:
        """Return ``WELL``, ``LACKING`` or ``WRONG``, for pages that know no ``State``."""
        return self.state.name


Check = Callable[[], Iterator[Finding]]


def findings(*, quick: bool = False) -> Iterator[Finding]:
    """Yield what is found, part by part; a check that fails is itself a finding.

    ``quick`` leaves out what walks through whole tables: for a page that somebody waits for.
    """
    for part, check in CHECKS:
        if quick and part in _LONG:
            continue
        try:
            yield from check()
        except TongxinError as error:
            yield Finding(part, State.WRONG, str(error.message))
        except Exception as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            yield Finding(part, State.WRONG, said, _("read the log, and report it"))


def data_folder() -> Iterator[Finding]:
    """The folder of all local state: its rights, its keys' rights, the disk under it."""
    from django.conf import settings

    folder = Path(settings.TONGXIN_DATA)
    probe = folder / ".doctor"
    try:
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        mend = _("let this user write there, or set TONGXIN_DATA")
        yield Finding("data", State.WRONG, f"{folder}: {error.strerror}", mend)
        return
    yield Finding("data", State.WELL, _("{path} can be written").format(path=folder))
    yield _disk(folder)


def keys() -> Iterator[Finding]:
    """Every key is there, and nobody else may read it."""
    from django.conf import settings

    from tongxin.config.keys import key_files
    from tongxin.foundation.audit.signing import anchor_key
    from tongxin.plumbing.vault import keyring

    ring = keyring.keyring()
    said = _("master keys from {source}: {count}; anchor key {anchor}").format(
        source=keyring.source(), count=len(ring.keys), anchor=anchor_key().key_id
    )
    yield Finding("keys", State.WELL, said)
    folder = Path(settings.TONGXIN_DATA) / "keys"
    is_open = [
        path for path, mode in [*key_files(), (folder, folder.stat().st_mode)] if mode & 0o077
    ]
    for path in is_open:
        mode = "700" if path.is_dir() else "600"
        what = _("{path} can be read by others").format(path=path)
        yield Finding("keys", State.WRONG, what, f"chmod {mode} {path}")


def personal_data() -> Iterator[Finding]:
    """Nothing that was erased is back, every category is known, every data key can be opened."""
    from tongxin.plumbing.vault import erasures, keyring, retention, rotating, selectors

    back = erasures.still_there()
    if back:
        what = _("a restore brought back {count} subjects that were erased").format(count=back)
        yield Finding("vault", State.WRONG, what, "tongxin vault replay-erasures")
    known = {one.code for one in retention.registered()}
    for code in sorted(set(selectors.tallies()) - known):
        what = _("the category {code} has no time after which it is erased").format(code=code)
        yield Finding("vault", State.WRONG, what, _("register it (vault.retention.register)"))
    at_hand = {key_id.hex() for key_id in keyring.keyring().keys}
    counts = rotating.subjects_by_key()
    for name in sorted(counts.keys() - at_hand):
        what = _("{count} subjects need the master key {name}, which is not at hand")
        what = what.format(count=counts[name], name=name)
        yield Finding("vault", State.WRONG, what, _("put it back behind the present key"))
    said = _("subjects kept: {count}").format(count=sum(counts.values()))
    yield Finding("vault", State.WELL, said)


def database() -> Iterator[Finding]:
    """The server's version, the rights of our role, the schema, the clock."""
    from django.db import connection

    from tongxin.config.postgres import OLDEST_MAJOR

    connection.ensure_connection()
    raw: Any = connection.connection
    version = raw.info.server_version
    if version < OLDEST_MAJOR * 10_000:
        mend = _("use version {oldest} or later").format(oldest=OLDEST_MAJOR)
        what = _("PostgreSQL {version} is too old").format(version=version // 10_000)
        yield Finding("database", State.WRONG, what, mend)
    else:
        number = f"{version // 10_000}.{version % 10_000}"
        what = _("PostgreSQL {version} answers").format(version=number)
        yield Finding("database", State.WELL, what)
    yield from _roles()
    yield from _schema()
    yield _clock()


def road_map() -> Iterator[Finding]:
    """A map is in force."""
    from django.conf import settings

    from tongxin.foundation.roads.folders import current_folder

    folder = current_folder(Path(settings.TONGXIN_DATA))
    if folder is None:
        mend = "tongxin map import city.osm.pbf"
        what = _("no map: times are straight-line estimates")
        yield Finding("map", State.LACKING, what, mend)
    else:
        what = _("map version {name} is in force").format(name=folder.name)
        yield Finding("map", State.WELL, what)


def channels() -> Iterator[Finding]:
    """Which ways out are configured."""
    from tongxin.plumbing.channels import registry

    for name in registry.NAMES:
        if registry.is_configured(name):
            what = _("{name} is configured").format(name=name)
            yield Finding("channels", State.WELL, what)
        else:
            mend = _("write the gateway into {path}").format(path=registry.config_path())
            what = _("{name} has no gateway").format(name=name)
            yield Finding("channels", State.LACKING, what, mend)


def browser_build() -> Iterator[Finding]:
    """The pages are built and the words compiled."""
    from tongxin.surfaces.kit.assets import MANIFEST, read_manifest

    built = read_manifest()
    missing = [c["file"] for c in built.values() if not (MANIFEST.parent / c["file"]).exists()]
    if missing:
        what = _("{path} is missing").format(path=missing[0])
        yield Finding("pages", State.WRONG, what, "make setup")
    else:
        what = _("files of the pages: {count}").format(count=len(built))
        yield Finding("pages", State.WELL, what)
    words = MANIFEST.parents[4] / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    if words.exists():
        yield Finding("words", State.WELL, _("the Chinese words are compiled"))
    else:
        yield Finding("words", State.WRONG, _("the Chinese words are not compiled"), "make setup")


def jobs() -> Iterator[Finding]:
    """A worker breathes, and no job has failed for good."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - interval '10 seconds'"
        )
        workers = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        failed = cursor.fetchone()[0]
    if workers:
        what = _("workers running: {count}").format(count=workers)
        yield Finding("worker", State.WELL, what)
    else:
        yield Finding("worker", State.LACKING, _("no worker is running"), "tongxin serve")
    if failed:
        what = _("jobs failed for good: {count}").format(count=failed)
        yield Finding("worker", State.LACKING, what, _("read the worker's log for the reason"))


CHECKS: list[tuple[str, Check]] = [
    ("data", data_folder),
    ("keys", keys),
    ("database", database),
    ("vault", personal_data),
    ("map", road_map),
    ("channels", channels),
    ("pages", browser_build),
    ("worker", jobs),
]

_LONG = frozenset({"vault"})


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    said = _("{free:.1f} GB of disk are free").format(free=free / 1e9)
    if free >= ENOUGH_DISK:
        return Finding("disk", State.WELL, said)
    state = State.WRONG if free < LEAST_DISK else State.LACKING
    return Finding("disk", state, said, _("make room under {path}").format(path=folder))


def _roles() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper OR rolbypassrls, EXISTS (SELECT FROM pg_tables"
            " WHERE schemaname = 'public' AND tableowner = current_user)"
            " FROM pg_roles WHERE rolname = current_user"
        )
        name, is_mighty, owns = cursor.fetchone()
    if is_mighty or owns:
        what = _("the role {name} is superuser or owner: row security does not hold")
        mend = _("give DATABASE_URL a plain role, and DATABASE_OWNER_URL the owner's")
        what = what.format(name=name)
        yield Finding("roles", State.WRONG if is_mighty else State.LACKING, what, mend)
    else:
        what = _("{name} is a plain role: row security holds").format(name=name)
        yield Finding("roles", State.WELL, what)


def _schema() -> Iterator[Finding]:
    from tongxin.config.health import pending_migrations

    pending = pending_migrations()
    if pending:
        what = _("migrations missing: {count}, first {name}")
        what = what.format(count=len(pending), name=pending[0])
        yield Finding("schema", State.WRONG, what, "tongxin migrate")
    else:
        yield Finding("schema", State.WELL, _("all migrations are in"))


def _clock() -> Finding:
    """Compare with the database: all processes of an installation must agree on the time."""
    from django.db import connection

    before = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    ours = before + (clock.now() - before) / 2
    drift = abs((theirs - ours).total_seconds())
    said = _("this machine's clock and the database's differ by {drift:.2f} s").format(drift=drift)
    if drift < CLOCK_WARN_SECONDS:
        return Finding("clock", State.WELL, said)
    state = State.WRONG if drift > CLOCK_WRONG_SECONDS else State.LACKING
    return Finding("clock", state, said, _("set both by NTP"))
