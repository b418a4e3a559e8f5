"""The list of what was erased, outside the database: a restored backup must not bring it back.

``TONGXIN_DATA/erasures/erased.jsonl`` only grows; each line is on disk before the note of it leaves
the database. A line names a subject by its number and its moment of birth, for numbers are given
anew after a restore of an older backup. Nothing in it tells anything about a person.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from tongxin.kernel.errors import BadInput
from tongxin.plumbing.vault.opening import opened

WRITE_EVERY_SECONDS = 5.0
ERASED, WITHDRAWN = "erased", "withdrawn"
_BATCH = 500
_LONGEST_LINE = 4_096
_TAKE = """
    DELETE FROM vault_unlisted WHERE id IN (
        SELECT id FROM vault_unlisted ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING id, what, subject_id, born, at
"""
_ALIVE = """
    SELECT id, created_at, category FROM vault_subject
    WHERE id = ANY(%s) AND wrapped_key IS NOT NULL
"""


@dataclass(frozen=True)
class Line:
    """One act of the list: what, on which subject (number and moment of birth), when."""

    what: str
    subject_id: int
    born: dt.datetime
    at: dt.datetime

    def written(self) -> str:
        """Return the line as it stands in the file."""
        said = {"what": self.what, "subject": self.subject_id}
        moments = {"born": _moment(self.born), "at": _moment(self.at)}
        return json.dumps(said | moments) + "\n"


def list_path() -> Path:
    """Return where the list lies."""
    return Path(settings.TONGXIN_DATA) / "erasures" / "erased.jsonl"


def write_out() -> int:
    """Move what is noted in the database to the list; return how many lines were written.

    A crash in between writes a line twice, never not at all.
    """
    written = 0
    while True:
        with opened() as cursor:
            cursor.execute(_TAKE, [_BATCH])
            rows = sorted(cursor.fetchall())
            if rows:
                _append([Line(*row[1:]).written() for row in rows])
        written += len(rows)
        if len(rows) < _BATCH:
            return written


def read(path: Path | None = None) -> Iterator[Line]:
    """Yield the lines of the list, or of one that was kept elsewhere.

    A last line that a crash cut off is left out; raises ``BadInput`` for any other that is none.
    """
    path = path or list_path()
    if not path.exists():
        return
    with path.open() as file:
        for number, text in enumerate(file, 1):
            if text.endswith("\n") and text.strip():
                yield _read_line(text, number, path)


def replay(
    path: Path | None = None, *, report: Callable[[int], None] = lambda _done: None
) -> tuple[int, int]:
    """Erase and withdraw again what the list names; return how many of each were still there.

    ``report`` is told how many lines are done. Doing it twice is the same as once.
    """
    from tongxin.plumbing.vault import erasing

    erased = withdrawn = done = 0
    for lines in _in_batches(read(path)):
        with opened() as cursor:
            alive = _alive(lines, cursor)
            again = {
                line.subject_id: alive[line.subject_id, line.born]
                for line in lines
                if line.what == ERASED and (line.subject_id, line.born) in alive
            }
            if again:
                erasing.erase_many(again, cursor, actor="system:replay", reason="replayed")
            for line in lines:
                key = (line.subject_id, line.born)
                if line.what == WITHDRAWN and key in alive and line.subject_id not in again:
                    withdrawn += erasing.withdraw_before(line.subject_id, line.at, cursor)
        erased += len(again)
        done += len(lines)
        report(done)
    return erased, withdrawn


def still_there(path: Path | None = None) -> int:
    """Count the subjects that the database holds although the list says that they are erased."""
    count = 0
    for lines in _in_batches(line for line in read(path) if line.what == ERASED):
        with opened() as cursor:
            alive = _alive(lines, cursor)
        count += len({(line.subject_id, line.born) for line in lines} & alive.keys())
    return count


def _alive(lines: list[Line], cursor: Any) -> dict[tuple[int, dt.datetime], str]:
    cursor.execute(_ALIVE, [sorted({line.subject_id for line in lines})])
    return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


def _append(lines: list[str]) -> None:
    """Append whole lines and have them on disk."""
    path = list_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        _cut_torn_line(handle)
        _write_all(handle, "".join(lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _cut_torn_line(handle: int) -> None:
    """Cut off what a crash left of a last line: its note is still in the database."""
    fcntl.flock(handle, fcntl.LOCK_EX)
    size = os.fstat(handle).st_size
    start = max(0, size - _LONGEST_LINE)
    tail = os.pread(handle, _LONGEST_LINE, start)
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(handle, start + tail.rfind(b"\n") + 1)


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _read_line(text: str, number: int, path: Path) -> Line:
    try:
        said = json.loads(text)
        born, at = (dt.datetime.fromisoformat(said[name]) for name in ("born", "at"))
        return Line(str(said["what"]), int(said["subject"]), born, at)
    except (ValueError, KeyError, TypeError):
        sentence = f"{path}, line {number}: this is no line of the list of erasures."
        raise BadInput("erasures.bad_line", sentence, field="list") from None


def _in_batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
