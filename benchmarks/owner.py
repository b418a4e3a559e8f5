"""Owner of a flat at 450,000 flats: search by address, names and numbers opened with their trail.

The product's own code on a durable PostgreSQL: `find_flats` by what people say, `open_residents`
with its purpose, the committed trail and the decryption. Beside it the same search as SQL on a
plain table without row security, and the contacts of a whole beat opened at once.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

from _district import COLUMNS, SIDE, SOUTH, WEST, district  # noqa: E402

UNITS, FLOORS, SIDES = 2, 25, 1  # 50 flats a building: 9,000 buildings, 450,000 flats
SQUARES = COLUMNS * COLUMNS
WARM_UP = 30


@dataclass(frozen=True)
class Size:
    """How much is written: buildings a beat, residents sealed, and how often each is measured."""

    buildings: int
    sealed: int
    times: int
    contacts: int


FULL = Size(buildings=141, sealed=60_000, times=3_000, contacts=7_000)
SHORT = Size(buildings=47, sealed=2_000, times=250, contacts=2_000)


def run(short: bool) -> dict[str, float]:
    """Measure and return the figures."""
    return measure(SHORT if short else FULL)


def main() -> None:
    """Print the table, and the figures as one line of JSON."""
    found = run("--short" in sys.argv)
    for name, value in found.items():
        print(f"{name:>24}{value:>14,.3f}")
    print(json.dumps({"name": "owner", "figures": found}))


def measure(size: Size) -> dict[str, float]:
    """Write the flats, then search, open and decrypt."""
    random.seed(7)
    with district():
        officer, beat = _officer()
        flats = _write(size, beat)
        ids = _seal(officer, beat, size)
        _settle()
        chosen = [random.choice(ids) for _number in range(size.times + WARM_UP)]
        search = _search(officer, chosen)
        ours, plain = _queries(officer, chosen, beat)
        began = time.process_time()
        opened = _open(officer, chosen)
        cpu = (time.process_time() - began) * 1_000 / len(chosen)
        decrypted = _decrypt(ids, size)
        return {
            "flats": flats,
            "p50_ms": round(statistics.median(opened), 3),
            "p99_ms": round(_p99(opened), 3),
            "our_cpu_ms": round(cpu, 3),
            "search_p50_ms": round(statistics.median(search), 3),
            "search_p99_ms": round(_p99(search), 3),
            "server_p99_ms": round(_p99([a + b for a, b in zip(search, opened, strict=True)]), 3),
            "plain_sql_ratio": round(statistics.median(ours) / statistics.median(plain), 3),
            "contacts": decrypted[0],
            "contacts_s": round(decrypted[1], 3),
        }


def _officer() -> tuple[Any, Any]:
    from tongxin.foundation.access.models import Grant, Member, Role
    from tongxin.foundation.territory.models import Area, Network
    from tongxin.kernel import clock

    beat = Area.objects.get(network=Network.POLICE, code="1", parent__isnull=False)
    member = Member.objects.create(
        code="O1", kind=Role.COMMUNITY_OFFICER, name="李响", surname="李"
    )
    Grant.objects.create(
        member=member, role=Role.COMMUNITY_OFFICER, area=beat, valid_from=clock.now()
    )
    return member, beat


def _write(size: Size, beat: Any) -> int:
    """Write buildings, units and flats of 64 squares by plain statements."""
    from django.db import connection, transaction

    from tongxin.foundation.access.scope import acting_as
    from tongxin.foundation.territory.models import Area, Network

    assert beat.pk
    beats = {
        int(a.code): a for a in Area.objects.filter(network=Network.POLICE, parent__isnull=False)
    }
    with transaction.atomic(), acting_as("bench"), connection.cursor() as cursor:
        for number in range(SQUARES):
            column, row = divmod(number, COLUMNS)
            at = {
                "estate": f"{_name(number)}小区",
                "west": WEST + column * SIDE,
                "south": SOUTH + row * SIDE,
                "side": SIDE,
                "count": size.buildings,
                "areas": beats[number + 1].path,
                "units": UNITS,
                "floors": FLOORS,
                "sides": SIDES,
            }
            cursor.execute(_BUILDINGS, at)
            cursor.execute(_UNITS, at)
        cursor.execute(_FLATS, {"sides": SIDES})
        cursor.execute("SELECT count(*) FROM homes_flat")
        return int(cursor.fetchone()[0])


def _name(number: int) -> str:
    """Return an estate's name of three characters, unlike the others."""
    first, second = "春夏秋冬东南西北", "山水云月松竹梅兰"
    return first[number // 8] + second[number % 8] + "苑"


def _seal(officer: Any, beat: Any, size: Size) -> list[int]:
    """Enter an owner in each of the first flats of the beat; return the flats' ids."""
    from tongxin.domain.homes import bulk
    from tongxin.domain.homes.keeping import Ground
    from tongxin.domain.homes.models import Flat
    from tongxin.foundation.access.scope import acting_as

    ground = Ground("consent", notice_version="1", consented=True)
    with acting_as("bench"):
        mine = Flat.objects.filter(area_ids__contains=[beat.pk]).order_by("id")
        flats = list(mine[: size.sealed])
        others = size.sealed - len(flats)
        if others > 0:
            flats += list(Flat.objects.exclude(area_ids__contains=[beat.pk])[:others])
        people = [
            bulk.NewResident(flat, {"name": _person(n), "phone": f"138{n:08d}"}, "owner", False)
            for n, flat in enumerate(flats)
        ]
        bulk.enter_many(people, ground, entered_by=officer.pk)
    return [flat.pk for flat in flats if beat.pk in flat.area_ids]


def _person(number: int) -> str:
    return "王李张刘陈杨黄赵"[number % 8] + "安柏波川春冬方枫"[number // 8 % 8] + "光明"[number % 2]


def _settle() -> None:
    """Make a table of plain columns beside the register, and let PostgreSQL take stock."""
    import os

    import psycopg

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(_PLAIN)
        owner.execute("GRANT SELECT ON plain_flat TO tongxin_app")
        owner.execute("CREATE INDEX ON plain_flat (address_key)")
        owner.execute("VACUUM ANALYZE")


def _said(ids: list[int]) -> list[tuple[str, str]]:
    """Return for each flat its address as people say it, and its key."""
    from tongxin.domain.homes.models import Flat
    from tongxin.domain.homes.selectors import label_of
    from tongxin.foundation.access.scope import acting_as

    with acting_as("bench"):
        rows = Flat.objects.select_related("unit__building").filter(pk__in=set(ids))
        known = {row.pk: (label_of(row), row.address_key) for row in rows}
    return [known[pk] for pk in ids]


def _search(officer: Any, ids: list[int]) -> list[float]:
    from tongxin.domain.homes import selectors

    words = [label for label, _key in _said(ids)]
    found: list[Any] = []
    spent = [
        _time(lambda text=text: found.append(selectors.find_flats(officer, text))) for text in words
    ]
    right = sum(hits[0].flat_id == pk for hits, pk in zip(found, ids, strict=True))
    assert right == len(ids), f"{right} of {len(ids)} found"
    return spent[WARM_UP:]


def _queries(officer: Any, ids: list[int], beat: Any) -> tuple[list[float], list[float]]:
    """Time the query part alone, ours and the plain one in turn: whatever runs beside hits both."""
    from tongxin.domain.homes import finding
    from tongxin.foundation.access.scope import acting_as
    from tongxin.kernel import prepared

    ours, plain = [], []
    with acting_as(officer):
        for _label, key in _said(ids):
            values = {"low": key, "high": key + "\x01", "areas": [beat.pk], "limit": 1_500}
            ours.append(_time(lambda v=values: prepared.rows(finding._BY_KEY, v)))
            plain.append(_time(lambda v=values: prepared.rows(_PLAIN_QUERY, v)))
    return ours[WARM_UP:], plain[WARM_UP:]


def _open(officer: Any, ids: list[int]) -> list[float]:
    from tongxin.domain.homes import actions
    from tongxin.foundation.access.scope import MemberActor

    actor = MemberActor(officer)
    spent = [
        _time(lambda pk=pk: actions.open_residents(pk, "find_owner", actor=actor)) for pk in ids
    ]
    return spent[WARM_UP:]


def _decrypt(ids: list[int], size: Size) -> tuple[int, float]:
    """Open the contacts of the beat in one go: trail and decryption."""
    from tongxin.domain.homes.models import Resident
    from tongxin.foundation.access.scope import acting_as
    from tongxin.plumbing.vault import actions as vault

    with acting_as("bench"):
        rows = Resident.objects.filter(flat_id__in=ids[: size.contacts])
        refs = [ref for row in rows for ref in (row.name_ref, row.phone_ref) if ref]
    began = time.perf_counter()
    opened = vault.reveal_many(refs, actor="system:bench", purpose="find_owner")
    return len(opened) // 2, time.perf_counter() - began


def _time(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1_000


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


_BUILDINGS = """
    INSERT INTO territory_building
        (code, name, address, estate, lon, lat, units, floors, pinyin, grams)
    SELECT %(estate)s || n, n || '号楼', '', %(estate)s,
           %(west)s + %(side)s * (0.05 + 0.9 * n / %(count)s), %(south)s + %(side)s * 0.5,
           %(units)s, %(floors)s, '', '{}'
    FROM generate_series(1, %(count)s) AS n
"""
_UNITS = """
    INSERT INTO homes_unit
        (building_id, number, position, lowest, highest, columns, area_ids, version)
    SELECT b.id, n::text, n - 1, 1, %(floors)s, %(sides)s, %(areas)s::bigint[], 1
    FROM territory_building b, generate_series(1, %(units)s) AS n WHERE b.estate = %(estate)s
"""
_FLATS = """
    INSERT INTO homes_flat (unit_id, number, floor, "column", span, rise, use, state, has_dog,
        charging_hazard, no_visit, address_key, area_ids, version)
    SELECT u.id, said.flat, floor, side, 1, 1, 'flat', 'lived_in', false, false, false,
           replace(b.name, '号楼', '') || '/' || said.flat || '/' || u.number, u.area_ids, 1
    FROM homes_unit u JOIN territory_building b ON b.id = u.building_id
    CROSS JOIN LATERAL generate_series(1, u.highest) AS floor
    CROSS JOIN LATERAL generate_series(0, u.columns - 1) AS side
    CROSS JOIN LATERAL (SELECT floor || lpad((side + 1)::text, 2, '0')) AS said (flat)
"""
_PLAIN = """
    CREATE TABLE plain_flat AS
    SELECT f.id, f.number, f.floor, f."column", f.span, u.number AS unit, u.columns,
           b.id AS building_id, b.name, b.estate, b.address, b.lon, b.lat,
           f.address_key, f.area_ids
    FROM homes_flat f JOIN homes_unit u ON u.id = f.unit_id
    JOIN territory_building b ON b.id = u.building_id
"""
_PLAIN_QUERY = """
    SELECT id, number, floor, "column", span, unit, columns, building_id, name, estate, address,
           lon, lat
    FROM plain_flat
    WHERE address_key >= %(low)s AND address_key < %(high)s
      AND area_ids && %(areas)s::bigint[] LIMIT %(limit)s
"""

if __name__ == "__main__":
    main()
