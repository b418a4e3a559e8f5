"""Candidates from the database: places that share pieces (grams) with what was typed, by GIN."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from tongxin.foundation.territory import searching

PlaceKind = Literal["landmark", "building", "area", "post", "street"]
Row = tuple[PlaceKind, int, str, str, list[str], float, float]
"""Kind, id, name, estate, other names, longitude, latitude (0, 0 for an area)."""

MOST_ROWS = 1_500
"""How many places, roughly, are counted out to find those that share the most pieces."""
FREQUENCIES_SECONDS = 600.0

_TABLES = """
    (SELECT kind, id, name, '' AS estate, aliases AS others, lon, lat, {shared}
     FROM territory_landmark WHERE {where} ORDER BY shared DESC, id LIMIT %(limit)s)
    UNION ALL
    (SELECT 'post', id, name, '', '{{}}', lon, lat, {shared}
     FROM territory_post WHERE {where} ORDER BY shared DESC, id LIMIT %(limit)s)
    UNION ALL
    (SELECT 'area', id, name, '', '{{}}', 0, 0, {shared}
     FROM territory_area WHERE {where} AND valid_to IS NULL
     ORDER BY shared DESC, id LIMIT %(limit)s)
    UNION ALL
    (SELECT 'building', id, name, estate, ARRAY[address]::varchar[], lon, lat, shared
     FROM ({buildings}) AS found ORDER BY shared DESC, id LIMIT %(limit)s)
"""
_BUILDINGS = "SELECT *, {shared} FROM territory_building WHERE {where}"
_ESTATES = (
    "SELECT DISTINCT ON (coalesce(nullif(estate, ''), id::text)) * FROM ({buildings}) AS each"
    " ORDER BY coalesce(nullif(estate, ''), id::text), shared DESC, id"
)
_COUNTED = "(SELECT count(*) FROM unnest(grams) piece WHERE piece = ANY(%(grams)s)) AS shared"

_FREQUENCIES = """
    SELECT piece, count(*) FROM (
        SELECT unnest(grams) AS piece FROM territory_building
        UNION ALL SELECT unnest(grams) FROM territory_landmark
        UNION ALL SELECT unnest(grams) FROM territory_post
        UNION ALL SELECT unnest(grams) FROM territory_area WHERE valid_to IS NULL
    ) AS pieces GROUP BY piece
"""


@dataclass(frozen=True, slots=True)
class _Frequencies:
    counts: Mapping[str, int]
    read_at: float


_lock = threading.Lock()
_frequencies: _Frequencies | None = None


def with_all_pieces(text: str, *, whole_buildings: bool, limit: int) -> list[Row]:
    """Return places that have every piece of ``text``, as text, pinyin or initials.

    ``whole_buildings`` gives each building for itself, else one of each estate.
    """
    ways = searching.all_pieces(text)
    if not ways:
        return []
    names = [f"way{number}" for number in range(len(ways))]
    where = " OR ".join(f"grams @> %({name})s::varchar[]" for name in names)
    values: dict[str, Any] = dict(zip(names, ways, strict=True))
    return _rows(f"({where})", "1 AS shared", whole_buildings, {**values, "limit": limit})


def with_some_pieces(text: str, *, whole_buildings: bool, limit: int) -> list[Row]:
    """Return the places that share the most pieces with ``text``, most first."""
    grams = telling_pieces(searching.some_pieces(text))
    if not grams:
        return []
    values = {"grams": grams, "limit": limit}
    found = _rows("grams && %(grams)s::varchar[]", _COUNTED, whole_buildings, values)
    return found[: limit // 2]  # each is compared letter by letter, which costs more than to find


def telling_pieces(grams: list[str]) -> list[str]:
    """Return the rarest of ``grams`` that places have at all, so that few rows are counted out.

    The frequencies may be ten minutes old: they only steer the effort.
    """
    counts = _counts()
    known = sorted((counts[gram], gram) for gram in grams if gram in counts)
    chosen: list[str] = []
    rows = 0
    for count, gram in known:
        if chosen and rows + count > MOST_ROWS:
            break
        chosen.append(gram)
        rows += count
    return chosen


def forget() -> None:
    """Drop the frequencies, so that they are read anew (imports, tests)."""
    global _frequencies  # noqa: PLW0603 - the process-wide cache
    _frequencies = None


def _counts() -> Mapping[str, int]:
    global _frequencies  # noqa: PLW0603 - the process-wide cache
    with _lock:
        if _frequencies is None or time.monotonic() - _frequencies.read_at > FREQUENCIES_SECONDS:
            with connection.cursor() as cursor:
                cursor.execute(_FREQUENCIES)
                counts = dict(cursor.fetchall())
            _frequencies = _Frequencies(counts, time.monotonic())
        return _frequencies.counts


def _rows(where: str, shared: str, whole: bool, values: Mapping[str, Any]) -> list[Row]:
    buildings = _BUILDINGS.format(shared=shared, where=where)
    if not whole:
        buildings = _ESTATES.format(buildings=buildings)
    sql = _TABLES.format(shared=shared, where=where, buildings=buildings)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[:7] for row in sorted(cursor.fetchall(), key=lambda row: -row[7])]
