"""Call logs in CSV: columns mapped, times given their zone, coordinates brought to WGS-84."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyproj
import yaml
from django.utils.translation import gettext as _

from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Source
from tongxin.domain.incidents.reports import Ended, Report
from tongxin.kernel.errors import BadInput, TongxinError
from tongxin.kernel.geometry import ReferenceSystem, Spot, to_wgs84

FIELDS = ("id", "time", "lon", "lat", "kind", "what", "place", "urgency", "closed", "outcome")
_MUST = ("time", "lon", "lat")
_OTHERS = "*"
ToWgs84 = Callable[[float, float], Spot]


@dataclass(frozen=True)
class CallMapping:
    """Which column is which field, and how to read the values.

    ``columns`` maps ``FIELDS`` to names in the head line. ``kinds`` maps values of the kind column
    to our kinds, ``*`` standing for all others; ``kind`` is for a log without such a column.
    ``system`` is a ``ReferenceSystem`` or ``EPSG:n``; ``time_format`` as for ``strptime``, ISO 8601
    when empty. With ``outcome`` the calls are taken over as closed; with ``""`` they stay open.
    """

    columns: Mapping[str, str]
    zone: str = "Asia/Shanghai"
    system: str = ReferenceSystem.WGS84.value
    time_format: str = ""
    kind: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    outcome: str = "settled"
    log: str = "log"


@dataclass(frozen=True)
class Call:
    """A good row: its line in the file, the report, and the key under which it is taken once."""

    line: int
    report: Report
    key: str


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be taken: its line, the column and one sentence."""

    line: int
    column: str
    says: str


def read_mapping(path: Path) -> CallMapping:
    """Read a mapping from YAML; raises ``BadInput`` naming what is wrong."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(
            "import.mapping",
            _("%(path)s is no YAML: %(error)s") % {"path": path, "error": _first(error)},
        ) from None
    known = set(CallMapping.__dataclass_fields__)
    if not isinstance(said, dict) or not set(said) <= known or "columns" not in said:
        raise BadInput(
            "import.mapping",
            _("%(path)s must hold columns and may hold %(known)s.")
            % {"path": path, "known": ", ".join(sorted(known))},
        )
    return CallMapping(**{"log": path.stem, **said})


def read_calls(path: Path, mapping: CallMapping) -> Iterator[Call | BadRow]:
    """Yield every row of a CSV (also ``.gz``) as a call or as a bad row; nothing is written.

    Raises ``BadInput`` with one sentence when the file is no CSV or lacks a mapped column.
    """
    reading = _Reading(mapping)
    with _open(path) as text:
        try:
            rows = csv.DictReader(text)
            _check_columns(path, mapping, list(rows.fieldnames or []))
            for row in rows:
                yield reading.read(rows.line_num, row)
        except csv.Error as error:
            raise BadInput(
                "import.csv", _("%(path)s is no CSV: %(error)s.") % {"path": path, "error": error}
            ) from None


class _Reading:
    """Reads the rows of one file by one mapping."""

    def __init__(self, mapping: CallMapping) -> None:
        self.mapping = mapping
        self.zone = _zone(mapping.zone)
        self.to_wgs84 = _transformer(mapping.system)
        self.seen: dict[str, int] = {}
        for kind in {*mapping.kinds.values(), *([mapping.kind] if mapping.kind else [])}:
            registry()[kind]

    def read(self, line: int, row: Mapping[str, str | None]) -> Call | BadRow:
        try:
            given = {name: self._cell(row, name) for name in self.mapping.columns}
            return Call(line, self._report(given), self._key(given, row))
        except TongxinError as error:
            return BadRow(line, self.mapping.columns.get(error.field or "", ""), str(error.message))

    def _cell(self, row: Mapping[str, str | None], name: str) -> str:
        return (row.get(self.mapping.columns[name]) or "").strip()

    def _report(self, given: Mapping[str, str]) -> Report:
        opened = self._time(given["time"], "time")
        report = Report(
            kind=self._kind(given),
            spot=self._spot(given),
            source=Source.IMPORT,
            what=given.get("what", ""),
            place_said=given.get("place", "")[:200],
            urgency=self._urgency(given.get("urgency", "")),
            occurred_at=opened,
            external_ref=given.get("id", "")[:64],
            ended=self._ended(given, opened),
        )
        report.checked()
        return report

    def _ended(self, given: Mapping[str, str], opened: dt.datetime) -> Ended | None:
        outcome = given.get("outcome") or self.mapping.outcome
        if not outcome:
            return None
        closed = self._time(given["closed"], "closed") if given.get("closed") else None
        return Ended(opened, outcome, closed)

    def _kind(self, given: Mapping[str, str]) -> str:
        said = given.get("kind", "")
        kinds = self.mapping.kinds
        found = kinds.get(said) or kinds.get(_OTHERS) or self.mapping.kind
        if not found and said in registry().kinds:
            found = said
        if not found:
            raise BadInput(
                "import.kind", _("No kind is given for “%(said)s”.") % {"said": said}, field="kind"
            )
        return found

    def _spot(self, given: Mapping[str, str]) -> Spot:
        pair = [_number(given[name], name) for name in ("lon", "lat")]
        spot = self.to_wgs84(*pair)
        if not (math.isfinite(spot.lon) and math.isfinite(spot.lat)):
            raise BadInput(
                "import.spot", _("These coordinates lie outside the system."), field="lon"
            )
        return spot

    def _time(self, said: str, name: str) -> dt.datetime:
        form = self.mapping.time_format
        try:
            read = _parse_time(said, form)
        except ValueError:
            raise BadInput(
                "import.time", _("“%(said)s” is no time.") % {"said": said}, field=name
            ) from None
        return read if read.tzinfo else read.replace(tzinfo=self.zone)

    @staticmethod
    def _urgency(said: str) -> int | None:
        if not said:
            return None
        if said not in ("1", "2", "3"):
            raise BadInput(
                "import.urgency",
                _("“%(said)s” is not 1, 2 or 3.") % {"said": said},
                field="urgency",
            )
        return int(said)

    def _key(self, given: Mapping[str, str], row: Mapping[str, str | None]) -> str:
        """Return the row's own key: its id, else its content and how often that came before."""
        ref = given.get("id", "")
        if not ref:
            content = hashlib.sha256(repr(sorted(row.items(), key=repr)).encode()).hexdigest()
            self.seen[content] = self.seen.get(content, 0) + 1
            ref = f"{content}#{self.seen[content]}"
        return hashlib.sha256(f"{self.mapping.log}:{ref}".encode()).hexdigest()


def _parse_time(said: str, form: str) -> dt.datetime:
    if not form:
        return dt.datetime.fromisoformat(said)
    return dt.datetime.strptime(said, form)  # noqa: DTZ007 - the zone follows


def _open(path: Path) -> IO[str]:
    """Open as UTF-8, or GB 18030 as Chinese office programs write; refuse what is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with _opened(path, encoding) as text:
                while text.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise BadInput(
                "import.gzip", _("%(path)s is no whole gzip file.") % {"path": path}
            ) from None
        else:
            return _opened(path, encoding)
    raise BadInput(
        "import.encoding", _("%(path)s is neither UTF-8 nor GB 18030 text.") % {"path": path}
    )


def _opened(path: Path, encoding: str) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _check_columns(path: Path, mapping: CallMapping, names: list[str]) -> None:
    for name in mapping.columns:
        if name not in FIELDS:
            raise BadInput(
                "import.field",
                _("“%(name)s” is no field; known are %(known)s.")
                % {"name": name, "known": ", ".join(FIELDS)},
            )
    for name in _MUST:
        if name not in mapping.columns:
            raise BadInput(
                "import.unmapped", _("Say which column is “%(name)s”.") % {"name": name}, field=name
            )
    for name, column in mapping.columns.items():
        if column not in names:
            raise BadInput(
                "import.column",
                _("%(path)s has no column “%(column)s”.") % {"path": path, "column": column},
                field=name,
            )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(
            "import.zone", _("There is no time zone “%(name)s”.") % {"name": name}, field="zone"
        ) from None


def _transformer(system: str) -> ToWgs84:
    if system in set(ReferenceSystem):
        chosen = ReferenceSystem(system)
        return lambda lon, lat: to_wgs84(lon, lat, chosen)
    try:
        transform = pyproj.Transformer.from_crs(system, 4326, always_xy=True).transform
    except pyproj.exceptions.CRSError:
        raise BadInput(
            "import.system",
            _("There is no reference system “%(system)s”.") % {"system": system},
            field="system",
        ) from None
    return lambda x, y: Spot(*transform(x, y))


def _number(said: str, name: str) -> float:
    try:
        number = float(said)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(
            "import.number", _("“%(said)s” is no coordinate.") % {"said": said}, field=name
        )
    return number


def _first(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
