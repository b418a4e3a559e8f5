"""Areas from GeoJSON, GeoPackage and Shapefile, brought to our words and to WGS-84."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.territory.models import Level, Network
from tongxin.foundation.territory.reference import Reference, is_in_china
from tongxin.foundation.territory.rows import AreaRow, BadRow, RowFault
from tongxin.kernel import refusals
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import Spot

MOST_BYTES = 512 * 1024 * 1024
MOST_FEATURES = 200_000
GEOJSON, GEOPACKAGE, SHAPEFILE = "geojson", "geopackage", "shapefile"

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "编码", "编号", "代码", "id", "adcode", "grid_code"),
    "name": ("name", "名称", "名字", "区域名称"),
    "network": ("network", "网络"),
    "level": ("level", "层级", "级别"),
    "parent": ("parent", "parent_code", "上级", "上级编码", "上级代码"),
    "number": ("number", "序号", "排序"),
    "is_village": ("is_village", "村", "是否村"),
    "promise_minutes": ("promise_minutes", "promise", "承诺分钟", "时限"),
    "population": ("population", "人口"),
}
"""Our fields and the column names that are taken for them without being told."""

_LEVELS = {
    "分局": Level.BRANCH, "派出所": Level.STATION, "警务区": Level.BEAT, "街道": Level.STREET,
    "镇": Level.STREET, "乡": Level.STREET, "社区": Level.COMMUNITY, "村": Level.COMMUNITY,
    "小区": Level.ESTATE, "组团": Level.ESTATE, "片区": Level.ESTATE, "网格": Level.GRID,
}  # fmt: skip
_NETWORKS = {
    "公安": Network.POLICE, "警务": Network.POLICE, "综治": Network.GOVERNANCE,
    "治理": Network.GOVERNANCE, "民政": Network.CIVIC, "城管": Network.URBAN,
    "城市管理": Network.URBAN,
}  # fmt: skip


def network_said(text: str) -> str:
    """Return the code of a network that a file calls police, 公安, 公安网 or 公安网络.

    Words that name none come back in small letters, for the caller to refuse.
    """
    return _word(text.strip().removesuffix("网络").removesuffix("网"), _NETWORKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaSource:
    """How to read files of areas.

    ``columns`` maps our fields to the file's columns, ``constants`` gives fields that no column
    has (network, level). ``srs`` overrules the file's reference system. ``dissolve`` makes areas of
    higher levels by uniting those that share a column's value: ``{"station": "PRECINCT"}``.
    """

    srs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    dissolve: Mapping[str, str] = field(default_factory=dict)
    layer: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class AreasRead:
    """All rows of the files, and what was wrong with single ones already while reading."""

    rows: tuple[AreaRow, ...]
    bad: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class _Content:
    """A file's columns, its shapes as they lie in the file, and its own reference system."""

    source: str
    values: dict[str, list[Any]]
    shapes: Any
    crs: str | None


def read_areas(paths: Path | Sequence[Path], options: AreaSource | None = None) -> AreasRead:
    """Read one or several files of areas; nothing is written.

    Raises ``BadInput`` in one sentence for a file that cannot be read at all.
    """
    chosen = options or AreaSource()
    rows: list[AreaRow] = []
    bad: list[BadRow] = []
    for path in [paths] if isinstance(paths, Path) else paths:
        content = _read(path, chosen)
        found, wrong = _rows(content, chosen)
        rows += found
        bad += wrong
    return AreasRead(tuple(rows), tuple(bad))


def _read(path: Path, options: AreaSource) -> _Content:
    kind = _kind(path)
    if kind == GEOJSON:
        _check_json(path)
    try:
        content = _read_with(path, options.encoding or _encoding(path, kind), options.layer)
    except BadInput:
        raise
    except Exception as error:  # GDAL raises many kinds; all mean the same to the reader
        raise _unreadable(path) from error
    crs = _stated_crs(path) if kind == GEOJSON else content.crs
    refusals.check_columns(
        content.values,
        str(_("The file has columns that Tongxin refuses to hold: {columns}.")),
    )
    return _Content(path.name, content.values, content.shapes, crs)


def _kind(path: Path) -> str:
    """Tell the format by its first bytes, so that no other driver is ever started."""
    if not path.is_file():
        raise BadInput("file.absent", _("There is no file %(file)s.") % {"file": path.name})
    if path.stat().st_size > MOST_BYTES:
        raise BadInput("file.too_large", _("%(file)s is too large.") % {"file": path.name})
    with path.open("rb") as opened:
        head = opened.read(64)
    suffix = path.suffix.lower()
    if suffix == ".shp" and head.startswith(b"\x00\x00\x27\x0a"):
        return SHAPEFILE
    if suffix == ".gpkg" and head.startswith(b"SQLite format 3\x00"):
        return GEOPACKAGE
    if suffix in {".geojson", ".json"} and head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return GEOJSON
    raise _unreadable(path)


def _unreadable(path: Path) -> BadInput:
    return BadInput(
        "areas.unreadable",
        _("%(file)s is no readable GeoJSON, GeoPackage or Shapefile.") % {"file": path.name},
    )


def _check_json(path: Path) -> None:
    """Name the line where a GeoJSON file breaks off; GDAL would only say that it failed."""
    try:
        parsed = json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        raise BadInput(
            "areas.broken_json",
            _("%(file)s is broken at line %(line)s.") % {"file": path.name, "line": error.lineno},
        ) from None
    except (ValueError, RecursionError):  # not UTF-8, a number of a million digits, too deep
        raise _unreadable(path) from None
    kinds = {"FeatureCollection", "Feature"}
    if not isinstance(parsed, dict) or parsed.get("type") not in kinds:
        raise _unreadable(path)


def _stated_crs(path: Path) -> str | None:
    """Return what a GeoJSON file itself says of its reference system.

    RFC 7946 means WGS-84 by silence; but files from Chinese map services are silent too and mean
    GCJ-02, so silence is not taken for an answer.
    """
    stated = json.loads(path.read_bytes()).get("crs")
    name = stated.get("properties", {}).get("name") if isinstance(stated, dict) else None
    return name if isinstance(name, str) else None


def _encoding(path: Path, kind: str) -> str | None:
    """Guess the encoding of a Shapefile's table that does not state it: UTF-8, else GB18030."""
    if kind != SHAPEFILE or path.with_suffix(".cpg").exists():
        return None
    table = path.with_suffix(".dbf")
    if not table.exists():
        return None
    try:
        table.read_bytes()[32:].decode("utf-8")
    except UnicodeDecodeError:
        try:
            table.read_bytes()[32:].decode("gb18030")
        except UnicodeDecodeError:
            return "ISO-8859-1"
        return "GB18030"
    return "UTF-8"


def _read_with(path: Path, encoding: str | None, layer: str | None) -> _Content:
    import pyogrio

    meta, _fids, wkb, values = pyogrio.raw.read(
        path, layer=layer, encoding=encoding, max_features=MOST_FEATURES + 1
    )
    if len(wkb) > MOST_FEATURES:
        raise BadInput("file.too_large", _("%(file)s is too large.") % {"file": path.name})
    columns = {
        str(name): column.tolist() for name, column in zip(meta["fields"], values, strict=True)
    }
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    return _Content(path.name, columns, shapes, meta.get("crs"))


def _rows(content: _Content, options: AreaSource) -> tuple[list[AreaRow], list[BadRow]]:
    found = _columns_for(content, options)
    missing = [
        name
        for name in ("code", "name", "network", "level")
        if name not in found and name not in options.constants
    ]
    if missing:
        return [], [_missing_column(content, name) for name in missing]
    reference = options.srs or content.crs
    shapes = _to_wgs84(content.shapes, reference)
    rows = [
        _row(content, options.constants, found, index, shape) for index, shape in enumerate(shapes)
    ]
    bad = [] if reference else [_no_reference(content)]
    if reference and Reference.named(reference).is_chinese:
        bad += _outside_china(rows)
    return [*_dissolved(content, options, rows), *rows], bad


def _columns_for(content: _Content, options: AreaSource) -> dict[str, str]:
    """Return which column holds which of our fields: as told, else by its usual names."""
    by_lower = {name.lower(): name for name in content.values}
    found: dict[str, str] = {}
    for target, usual in COLUMNS.items():
        told = options.columns.get(target)
        if told is not None and told.lower() in by_lower:
            found[target] = by_lower[told.lower()]
        elif told is None and target not in options.constants:
            known = next((by_lower[name] for name in usual if name in by_lower), None)
            found |= {target: known} if known else {}
    return found


def _missing_column(content: _Content, name: str) -> BadRow:
    there = ", ".join(content.values)
    message = _("There is no column for “%(field)s”; the file has: %(columns)s.") % {
        "field": name,
        "columns": there,
    }
    return BadRow(content.source, 0, "", RowFault.MISSING_COLUMN, str(message))


def _no_reference(content: _Content) -> BadRow:
    message = _("The file does not say its reference system: choose one (--srs).")
    return BadRow(content.source, 0, "", RowFault.WRONG_REFERENCE_SYSTEM, str(message))


def _outside_china(rows: Sequence[AreaRow]) -> list[BadRow]:
    """Refuse rows in GCJ-02 or BD-09 that lie where these systems mean nothing."""
    bad: list[BadRow] = []
    for row in rows:
        if row.shape is not None and not is_in_china(Spot(*shapely.bounds(row.shape)[:2])):
            message = _("GCJ-02 and BD-09 hold in China only: choose another system (--srs).")
            bad.append(row.bad(RowFault.WRONG_REFERENCE_SYSTEM, message))
            row.shape = None
    return bad


def _to_wgs84(shapes: Any, reference: str | None) -> Any:
    if reference is None:
        return np.full(len(shapes), None, dtype=object)
    usable = np.array([shape if _is_drawable(shape) else None for shape in shapes], dtype=object)
    return Reference.named(reference).shapes_to_wgs84(usable) if len(usable) else usable


def _is_drawable(shape: Any) -> bool:
    return (
        shape is not None
        and shape.geom_type in {"Polygon", "MultiPolygon"}
        and not shape.is_empty
        and bool(np.isfinite(shapely.get_coordinates(shape)).all())
    )


def _row(
    content: _Content,
    constants: Mapping[str, str],
    found: Mapping[str, str],
    index: int,
    shape: Any,
) -> AreaRow:
    def value(name: str) -> str:
        if name in constants:
            return constants[name].strip()
        column = content.values.get(found.get(name, ""))
        return _text(column[index]) if column is not None else ""

    return AreaRow(
        source=content.source,
        line=index + 1,
        network=network_said(value("network")),
        level=_word(value("level"), _LEVELS),
        code=value("code"),
        name=value("name"),
        number=_whole(value("number")) or index + 1,
        parent=value("parent"),
        shape=shape,
        is_village=value("is_village").lower() in {"1", "true", "yes", "是", "村"}
        or (value("level") == "村"),
        promise_minutes=_whole(value("promise_minutes")),
        population=_whole(value("population")),
    )


def _dissolved(content: _Content, options: AreaSource, rows: Sequence[AreaRow]) -> list[AreaRow]:
    """Make the areas above from groups of rows, highest level first, and hang the rows in them."""
    made: list[AreaRow] = []
    below = list(rows)
    order = [level.value for level in reversed(Level)]
    for level, column in sorted(options.dissolve.items(), key=lambda item: order.index(item[0])):
        if column not in content.values:
            raise BadInput(
                "areas.no_column",
                _("There is no column “%(column)s” to unite areas by.") % {"column": column},
                field="dissolve",
            )
        united = _unite(level, [_text(v) for v in content.values[column]], rows, below)
        made, below = [*united, *made], united
    return made


def _unite(
    level: str, keys: Sequence[str], rows: Sequence[AreaRow], below: Sequence[AreaRow]
) -> list[AreaRow]:
    united: list[AreaRow] = []
    group_of = {id(row): key for row, key in zip(rows, keys, strict=True)}
    for number, key in enumerate(sorted({key for key in keys if key}), 1):
        own = [row for row, each in zip(rows, keys, strict=True) if each == key]
        shapes = [shapely.make_valid(row.shape) for row in own if row.shape is not None]
        first = own[0]
        united.append(
            AreaRow(
                source=first.source,
                line=0,
                network=first.network,
                level=level,
                code=key,
                name=key,
                number=number,
                parent="",
                shape=shapely.union_all(shapes) if shapes else None,
            )
        )
    for row in below:
        row.parent = group_of.get(id(row)) or _group_of_united(row, rows, group_of)
    return united


def _group_of_united(row: AreaRow, rows: Sequence[AreaRow], group_of: Mapping[int, str]) -> str:
    """Find the group above a united area through any of the rows that it was made of."""
    return next((group_of[id(r)] for r in rows if r.parent == row.code), "")


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _word(text: str, chinese: Mapping[str, Any]) -> str:
    known = chinese.get(text)
    return str(known.value) if known else text.lower()


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None
