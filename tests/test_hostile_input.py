"""Hostile files and forms: one clear sentence each, never a fault, nothing half-written.

Files go through the real commands on the real database, in a process that may hold 3 GB; forms go
through the real pages. What single readers do with broken files is tested beside them.
"""

from __future__ import annotations

import inspect
import io
import json
import os
import random
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.urls import NoReverseMatch, get_resolver, resolve, reverse
from PIL import Image

from access_matrix.cast import Actor, Scene, make_scene
from access_matrix.knocking import Row
from access_matrix.pages import TABLES
from access_matrix.test_matrix import arguments, fill
from harness import many_commands
from harness.server import Server
from tongxin.foundation.access.models import Role

MOST_SECONDS, MOST_MEGABYTES = 40.0, 1_500.0
LONG = "长" * 1_000_000
TABLES_COUNTED = (
    *("territory_area", "territory_building", "territory_landmark", "territory_post"),
    *("access_member", "access_grant", "incidents_incident", "incidents_timelineentry"),
    *("roads_mapversion", "vault_entry"),
)


def rings(*points: object) -> str:
    shape = {"type": "Polygon", "coordinates": [points]}
    return features({"type": "Feature", "properties": AREA, "geometry": shape})


def features(*found: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": found}, ensure_ascii=False)


AREA = {"code": "H1", "name": "坏片区", "network": "police", "level": "branch"}
SQUARE = [[114.3, 30.5], [114.4, 30.5], [114.4, 30.6], [114.3, 30.6], [114.3, 30.5]]


def entity_bomb() -> str:
    """Nine floors of ten: a billion words."""
    floors = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY b0 "哈">{floors}]>'


def workbook(cell: bytes, *, doctype: bytes = b"", times: int = 1) -> bytes:
    """A list of members in Excel, one name of which is ``cell``, ``times`` over."""
    import openpyxl

    plain, out = io.BytesIO(), io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["code", "name", "role", "phone", "area"])
    book.active.append(["m1", "HERE", "auxiliary", "1", "S"])
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            before, found, after = old.read(name).partition(b"HERE")
            with new.open(name, "w", force_zip64=True) as part:
                if found and doctype:
                    before = doctype + before.partition(b"?>")[2]
                part.write(before)
                for _time in range(times if found else 0):
                    part.write(cell)
                part.write(after)
    return out.getvalue()


def strings_bomb() -> bytes:
    return workbook(b"&b9;", doctype=entity_bomb().encode())


def swollen_book() -> bytes:
    """A name of a gigabyte that packs into one megabyte."""
    return workbook(b" " * (1 << 20), times=1024)


def pbf_blob(kind: bytes, raw_size: int, packed: bytes) -> bytes:
    """One block of an OSM file: BlobHeader(type, datasize), Blob(raw_size, zlib_data)."""
    blob = b"\x10" + varint(raw_size) + b"\x1a" + varint(len(packed)) + packed
    header = b"\x0a" + varint(len(kind)) + kind + b"\x18" + varint(len(blob))
    return struct.pack(">I", len(header)) + header + blob


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def pbf_bomb() -> bytes:
    """A block that says it is small and unpacks into a gigabyte."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\x00" * (1 << 20)) for _ in range(1024)) + packer.flush()
    return pbf_blob(b"OSMHeader", 64, packed) + pbf_blob(b"OSMData", 1 << 30, packed)


def shp_claims() -> bytes:
    """A shapefile whose only polygon claims two billion points."""
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 100) + struct.pack("<2i", 1000, 5)
    head += struct.pack("<8d", 0, 0, 1, 1, 0, 0, 0, 0)
    record = struct.pack("<i4d2i", 5, 0, 0, 1, 1, 1, 2_000_000_000) + struct.pack("<i", 0)
    return head + struct.pack(">2i", 1, len(record) // 2) + record


def laughs() -> str:
    floors = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12))
    return f"l0: &l0 ha\n{floors}\nkinds: *l11\n"


def merge_laughs() -> str:
    floors = "\n".join(
        f"m{n}: &m{n} {{<<: *m{n - 1}, a{n}: *m{n - 1}, b{n}: *m{n - 1}}}" for n in range(1, 40)
    )
    return f"m0: &m0 {{zh: 笑}}\n{floors}\nkinds: {{laugh: *m39}}\n"


MEMBERS = "code,name,role,phone,area\n"
BUILDINGS = "code,name,address,lon,lat\n"
CALLS = "id,time,lon,lat,what\n"
KIND_OF_ALL = "kinds:\n  help:\n    zh: {}\n    en: Help\n"

HOSTILE: dict[str, tuple[list[str], str | bytes]] = {
    # areas
    "deep.geojson": (["territory", "import"], "[" * 200_000),
    "deep-object.geojson": (["territory", "import"], '{"features":' * 50_000 + "1" + "}" * 50_000),
    "nan.geojson": (["territory", "import"], rings([float("nan"), 30], *SQUARE[1:])),
    "huge.geojson": (["territory", "import"], rings([1e308, -1e308], *SQUARE[1:])),
    "words.geojson": (["territory", "import"], rings(["114", "30"], *SQUARE[1:])),
    "nothing.geojson": (["territory", "import"], rings()),
    "null.geojson": (["territory", "import"], '{"type":"FeatureCollection","features":null}'),
    "digits.geojson": (
        ["territory", "import"],
        rings(*SQUARE).replace("114.3,", "1" * 1_000_000 + ","),
    ),
    "nul.geojson": (["territory", "import"], rings(*SQUARE).replace("坏片区", "a\\u0000b")),
    "long.geojson": (["territory", "import"], rings(*SQUARE).replace("坏片区", LONG)),
    "half.geojson": (["territory", "import"], rings(*SQUARE)[:-40]),
    "claims.shp": (["territory", "import"], shp_claims()),
    # lists
    "utf16.csv": (
        ["territory", "list", "buildings"],
        (BUILDINGS + "b1,x,y,1,2\n").encode("utf-16"),
    ),
    "latin.csv": (["territory", "list", "buildings"], b"code,name,address\nb1,\xe4\xff,\x81\n"),
    "long.csv": (["territory", "list", "buildings"], f"{BUILDINGS}b1,{LONG},y,114.3,30.5\n"),
    "nul.csv": (["territory", "list", "buildings"], f"{BUILDINGS}b1,a\x00b,y,114.3,30.5\n"),
    "columns.csv": (["territory", "list", "buildings"], "a,b,c\n1,2,3\n"),
    "inf.csv": (["territory", "list", "buildings"], f"{BUILDINGS}b1,x,y,inf,-1e400\n"),
    "quote.csv": (["territory", "list", "buildings"], BUILDINGS + '"' + "x,\n" * 300_000),
    "many-columns.csv": (["territory", "list", "landmarks"], "a," * 200_000 + "\n"),
    # members
    "refused.csv": (["members", "import"], "code,name,role,民族\nm1,王五,auxiliary,汉\n"),
    "bom-long.csv": (["members", "import"], f"\ufeff{MEMBERS}m1,{LONG},auxiliary,1,S\n"),
    "bomb.xlsx": (["members", "import"], b""),
    "swollen.xlsx": (["members", "import"], b""),
    "nul-members.csv": (["members", "import"], f"{MEMBERS}m\x001,王五,auxiliary,1,S\n"),
    # calls
    "calls-nul.csv": (["incidents", "import"], f"{CALLS}1,2026-01-01 10:00,114.3,30.5,a\x00b\n"),
    "calls-inf.csv": (["incidents", "import"], f"{CALLS}1,2026-01-01 10:00,inf,nan,x\n"),
    "calls-time.csv": (["incidents", "import"], f"{CALLS}1,99999-01-01,114.3,30.5,x\n"),
    "calls-long.csv": (["incidents", "import"], f"{CALLS}1,2026-01-01 10:00,114.3,30.5,{LONG}\n"),
    "calls-bomb.csv.gz": (["incidents", "import"], b"\x1f\x8b\x08\x00" + b"\xff" * 5000),
    # kinds
    "laughs.yaml": (["kinds", "check"], laughs()),
    "merges.yaml": (["kinds", "check"], merge_laughs()),
    "itself.yaml": (["kinds", "check"], "kinds: &k {help: *k}\n"),
    "merged-itself.yaml": (["kinds", "check"], "kinds: &k\n  <<: *k\n"),
    "deep.yaml": (["kinds", "check"], "kinds: " + "[" * 100_000),
    "deep-map.yaml": (["kinds", "check"], "kinds: " + "{a: " * 5_000 + "}" * 5_000),
    "object.yaml": (["kinds", "check"], "kinds: !!python/object/apply:os.system [id]\n"),
    "keys.yaml": (["kinds", "check"], "kinds: {[a, b]: {zh: x}, ? {c: d} : e}\n"),
    "long.yaml": (["kinds", "check"], KIND_OF_ALL.format(LONG)),
    "nul.yaml": (["kinds", "check"], "kinds: {help: {zh: 'a\x00b'}}\n"),
    "latin.yaml": (["kinds", "check"], b"kinds: {help: {zh: \xff\xfe}}\n"),
    # maps
    "random.osm.pbf": (["map", "import"], random.Random(7).randbytes(200_000)),
    "claims.osm.pbf": (["map", "import"], struct.pack(">I", 0xFFFFFFFF) + b"\x00" * 64),
    "bomb.osm.pbf": (["map", "import"], b""),
    "empty.osm.pbf": (["map", "import"], b""),
}
MADE_LATE = {
    "bomb.xlsx": strings_bomb,
    "swollen.xlsx": swollen_book,
    "bomb.osm.pbf": pbf_bomb,
}
OPTIONS = {"incidents": ["--kind", "help", "--zone", "Asia/Shanghai", "--system", "WGS-84"]}


def counts(url: str) -> dict[str, int]:
    """Return how many rows there are of everything that imports write."""
    with psycopg.connect(url) as connection:
        known = {row[0] for row in connection.execute("SELECT tablename FROM pg_tables").fetchall()}
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index]
            for table in TABLES_COUNTED
            if table in known
        }


@pytest.mark.django_db(transaction=True)
def test_hostile_files_get_one_sentence_and_write_nothing(
    server: Server, database_name: str, tmp_path: Path
) -> None:
    from tongxin.domain.dispatch.tests.making import Station

    Station()
    commands = []
    for name, (command, content) in HOSTILE.items():
        file = tmp_path / name
        made = MADE_LATE[name]() if name in MADE_LATE else content
        file.write_bytes(made.encode() if isinstance(made, str) else made)
        commands.append([*command, str(file), *OPTIONS.get(command[0], [])])
    (tmp_path / "commands.json").write_text(json.dumps(commands))
    urls = server.of(database_name)
    before = counts(urls.owner)
    results = list(_run(tmp_path, urls.as_environment()))
    found = [
        f"{name}: {complaint}"
        for name, result in zip(HOSTILE, results, strict=True)
        for complaint in _complaints(result)
    ]
    assert not found, "\n".join(found)
    assert counts(urls.owner) == before
    assert not list((tmp_path / "data").glob("map*/*/graph*")), "a map was taken over"


def _run(folder: Path, database: dict[str, str]) -> Iterator[dict[str, Any]]:
    environment = {
        **{key: value for key, value in os.environ.items() if key != "TONGXIN_TEST_SERVER"},
        **database,
        "TONGXIN_DATA": str(folder / "data"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "LANG": "en",
    }
    done = subprocess.run(
        [sys.executable, many_commands.__file__, str(folder / "commands.json")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return map(json.loads, done.stdout.splitlines())


def _complaints(result: dict[str, Any]) -> Iterator[str]:
    lines = [line for line in result["said"].splitlines() if line.strip()]
    short = result["said"][:300]
    if result["code"] not in (1, 2):
        yield f"ended with {result['code']}: {short}"
    if "A fault in Tongxin" in result["said"] or "Traceback" in result["said"]:
        yield f"is a fault: {short}"
    if not lines or len(lines[-1]) > 400 or len(lines) > 12:
        yield f"is no clear sentence ({len(lines)} lines): {short}"
    if result["seconds"] > MOST_SECONDS:
        yield f"took {result['seconds']:.0f} s"
    if result["megabytes"] > MOST_MEGABYTES:
        yield f"took {result['megabytes']:.0f} MB"


VALUES = (
    *("²", "٣", "9" * 30, "9" * 5_000, "-1", "0", "1e400", "nan", "inf", "0x10", "1_000"),
    *("\x00", "a\x00b", "\ud7ff\ue000", "😀" * 300, "<script>alert(1)</script>", "'; DROP TABLE x"),
    *("../../etc/passwd", "{{7*7}}", "%s%n", "x" * 100_000, "[]", "None", "true", ""),
)
IN_ADDRESS = ("²", "9" * 25, "x" * 300, "a b", "%00", "..", "😀", "1e9", "-")
NAMED = re.compile(r'(?:POST|GET|FILES|said|asked)(?:\.get(?:list)?\(|\[)"(\w+)"')
TRIES = 12 if os.environ.get("TONGXIN_PROVE") != "1" else 300


def fields_of(name: str, row: Row, scene: Scene) -> list[str]:
    """Return every field that the view's module reads from a request."""
    view = resolve(reverse(name, kwargs=arguments(row, scene))).func
    module = inspect.getmodule(inspect.unwrap(view))
    return sorted(set(NAMED.findall(inspect.getsource(module)))) if module else []


def those_let_in(row: Row, scene: Scene) -> list[Actor]:
    """Return a few actors who get far, so that what they send is really read."""
    wanted = (Role.STATION_CHIEF, Role.DISPATCHER, Role.COMMUNITY_OFFICER)
    wanted += (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
    able = [scene.of(role) for role in wanted if row.expected(scene.of(role)) in (200, 403)]
    return (able or [scene.actors[0]])[:1] if not row.public else [scene.actors[0]]


@pytest.mark.django_db
@pytest.mark.parametrize("surface", TABLES)
def test_hostile_forms_are_refused_or_taken_but_never_a_fault(surface: str, settings: Any) -> None:
    from django.db import transaction

    settings.SECOND_FACTOR_REQUIRED = False
    scene, rng, found = make_scene(), random.Random(surface), []
    for row in TABLES[surface]:
        actor = those_let_in(row, scene)[0]
        names = fields_of(row.name, row, scene) or ["q"]
        address = reverse(row.name, kwargs=arguments(row, scene))
        for _try in range(TRIES):
            data = {name: str(value) for name, value in fill(dict(row.data), scene).items()}
            chosen = rng.sample(names, min(len(names), rng.choice((1, 1, 2, 3))))
            data |= {name: rng.choice(VALUES) for name in chosen}
            with transaction.atomic():
                answer = getattr(actor.client, row.method.lower())(address, data)
                transaction.set_rollback(True)
            if answer.status_code >= 500:
                told = {name: value[:40] for name, value in data.items()}
                found.append(f"{row.method} {row.name} as {actor.role}: {told}")
    assert not found, "\n".join(found[:40])


@pytest.mark.django_db
def test_hostile_addresses_are_not_found_but_never_a_fault(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    scene, found = make_scene(), []
    rows = {(r.name, r.method): r for t in TABLES.values() for r in t if r.args}
    for row in rows.values():
        actor = those_let_in(row, scene)[0]
        given = arguments(row, scene)
        for name in given:
            for part in IN_ADDRESS:
                try:
                    address = reverse(row.name, kwargs={**given, name: part})
                except NoReverseMatch:
                    continue
                answer = getattr(actor.client, row.method.lower())(address)
                if answer.status_code >= 500:
                    found.append(f"{row.method} {address}")
    assert get_resolver() is not None
    assert not found, "\n".join(found[:40])


def picture_bomb() -> bytes:
    """A PNG of 400 million white pixels in 50 kB."""
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    packed = zlib.compress((b"\x00" + b"\xff" * 2_500) * 20_000, 9)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def frames_bomb() -> bytes:
    """A GIF of very many frames."""
    out = io.BytesIO()
    frames = [Image.new("P", (64, 64), n % 255) for n in range(600)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()[:-40]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    [picture_bomb(), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff" * 1000, b""],
    ids=["bomb", "svg", "noise", "empty"],
)
def test_hostile_pictures_leave_nothing_behind(content: bytes, settings: Any) -> None:
    """By interface and portal alike: 4xx with a sentence, and the report is not half-written."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tongxin.domain.incidents.models import Incident, Photo

    settings.SECOND_FACTOR_REQUIRED = False
    scene = make_scene()
    dispatcher, nobody = scene.of(Role.DISPATCHER), scene.actors[0]
    before = (Incident.objects.count(), Photo.objects.count())
    answer = dispatcher.client.post(
        f"/api/v1/incidents/{scene.ids['number']}/photos",
        {"photo": SimpleUploadedFile("p.png", content, "image/png")},
        headers={"Authorization": f"Bearer {dispatcher.token}"},
    )
    assert answer.status_code in (400, 422), answer.content
    said = {"kind": "help", "lon": scene.ids["lon"], "lat": scene.ids["lat"], "what": "请看照片"}
    photo = SimpleUploadedFile("p.png", content, "image/png")
    answer = nobody.client.post("/report/send/", {**said, "photos": photo})
    if content:  # an empty file is none to a form
        assert answer.status_code in (400, 422)
        assert "请看照片" in answer.content.decode()  # nothing typed is lost
        assert (Incident.objects.count(), Photo.objects.count()) == before


@pytest.mark.django_db
def test_a_picture_of_many_frames_is_one_picture(settings: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.SECOND_FACTOR_REQUIRED = False
    scene = make_scene()
    dispatcher = scene.of(Role.DISPATCHER)
    answer = dispatcher.client.post(
        f"/api/v1/incidents/{scene.ids['number']}/photos",
        {"photo": SimpleUploadedFile("p.gif", frames_bomb(), "image/gif")},
        headers={"Authorization": f"Bearer {dispatcher.token}"},
    )
    assert answer.status_code in (201, 400, 422)
