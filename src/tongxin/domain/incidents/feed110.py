"""Intake from the 110 side: a signed file that comes one way, each line once, gaps found.

The file is UTF-8 text, one JSON object a line:

    {"format": "tongxin-110/1", "feed": "110", "system": "GCJ-02"}
    {"n": 1, "at": "2026-06-15T10:00:00+08:00", "kind": "dispute", "lon": 116.5, "lat": 35.4,
     "place": "…", "what": "…", "phone": "…", "urgency": 2}
    {"n": 2, "at": "…", "count": {"class": "theft", "area": "B01", "cases": 1}}
    {"n": 3, "at": "…", "void": true}
    {"totals": {"2026-06-15": 3}}
    {"signature": "…"}

The head names the feed and the reference system of its coordinates. Lines are numbered from 1 for
ever; a number is a call, a count of cases without persons, or one that was withdrawn. ``totals``
say how many numbers the sender gave on each day. The signature is Ed25519 over every byte before
its line, in base64; the sender's public key lies, in base64 or PEM, in
``TONGXIN_DATA/keys/feed110.pub``.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import ReferenceSystem

FORMAT = "tongxin-110/1"
LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class FeedFile:
    """A file whose signature holds: its feed, reference system, lines and daily totals."""

    feed: str
    system: ReferenceSystem
    lines: tuple[Mapping[str, Any], ...]
    totals: Mapping[dt.date, int]


def open_file(path: Path, key: Ed25519PublicKey) -> FeedFile:
    """Check the signature, then read; raises ``BadInput`` with one sentence and nothing read."""
    if path.stat().st_size > LARGEST:
        raise BadInput("feed.large", _("The file is too large: send it in parts."))
    return parse(path.read_bytes(), key)


def parse(data: bytes, key: Ed25519PublicKey) -> FeedFile:
    """Read a file's bytes; see ``open_file``."""
    _verify(data, key)
    objects = list(_objects(data.rstrip(b"\n").rsplit(b"\n", 1)[0]))
    head, lines, totals = objects[0], objects[1:-1], objects[-1]
    if head.get("format") != FORMAT or "totals" not in totals or not _is_name(head.get("feed")):
        raise BadInput("feed.form", _("The file is no 110 feed of a form that we know."))
    system = head.get("system", ReferenceSystem.WGS84.value)
    if system not in set(ReferenceSystem):
        raise BadInput("feed.system", _("The feed's reference system is unknown."), field="system")
    for line in lines:
        number_of(line)
        moment_of(line)
    return FeedFile(
        head["feed"], ReferenceSystem(system), tuple(lines), _read_totals(totals["totals"])
    )


def sign(
    lines: list[Mapping[str, Any]],
    totals: Mapping[dt.date, int],
    key: Ed25519PrivateKey,
    *,
    feed: str = "110",
    system: ReferenceSystem = ReferenceSystem.WGS84,
) -> bytes:
    """Make a signed file, as the 110 side does."""
    head = {"format": FORMAT, "feed": feed, "system": system.value}
    tail = {"totals": {day.isoformat(): count for day, count in totals.items()}}
    body = "".join(json.dumps(o, ensure_ascii=False) + "\n" for o in (head, *lines, tail)).encode()
    signature = base64.b64encode(key.sign(body)).decode()
    return body + json.dumps({"signature": signature}).encode() + b"\n"


def public_key() -> Ed25519PublicKey:
    """Return the sender's key; raises ``BadInput`` saying where it is looked for."""
    path = Path(settings.TONGXIN_DATA) / "keys" / "feed110.pub"
    if not path.exists():
        raise BadInput(
            "feed.key",
            _("The public key of the 110 side is not there: put it into %(path)s.")
            % {"path": path},
        )
    text = path.read_bytes().strip()
    try:
        if text.startswith(b"-----"):
            key = load_pem_public_key(text)
        else:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        raise BadInput(
            "feed.key", _("%(path)s holds no Ed25519 public key.") % {"path": path}
        ) from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(
            "feed.key", _("%(path)s holds a key, but not an Ed25519 one.") % {"path": path}
        )
    return key


def number_of(line: Mapping[str, Any]) -> int:
    """Return a line's number; raises ``BadInput`` when it has none."""
    number = line.get("n")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**62:
        raise BadInput(
            "feed.number",
            _("A line has no number from 1 on: “%(number)s”.") % {"number": number},
            field="n",
        )
    return number


def moment_of(line: Mapping[str, Any]) -> dt.datetime:
    """Return a line's moment, aware; raises ``BadInput`` when it has none."""
    try:
        moment = dt.datetime.fromisoformat(str(line.get("at")))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput(
            "feed.time",
            _("Line %(number)s has no time with its zone.") % {"number": line.get("n")},
            field="at",
        )
    return moment


def _verify(data: bytes, key: Ed25519PublicKey) -> None:
    body, newline, last = data.rstrip(b"\n").rpartition(b"\n")
    try:
        signature = base64.b64decode(json.loads(last)["signature"], validate=True)
        key.verify(signature, body + newline)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error, InvalidSignature):
        raise BadInput(
            "feed.signature", _("The signature does not hold: nothing was taken in.")
        ) from None


def _objects(body: bytes) -> Iterator[Mapping[str, Any]]:
    rows = body.split(b"\n")
    if len(rows) < 2:
        raise BadInput("feed.form", _("The file is no 110 feed of a form that we know."))
    for number, row in enumerate(rows, 1):
        try:
            said = json.loads(row)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise BadInput("feed.line", _("Line %(line)d is no JSON object.") % {"line": number})
        yield said


def _read_totals(said: object) -> dict[dt.date, int]:
    try:
        totals = {dt.date.fromisoformat(day): count for day, count in dict(said).items()}  # type: ignore[call-overload]
    except (TypeError, ValueError):
        totals = {dt.date.min: -1}
    if any(not isinstance(count, int) or count < 0 for count in totals.values()):
        raise BadInput("feed.totals", _("The daily totals are not days and numbers."))
    return totals


def _is_name(said: object) -> bool:
    return isinstance(said, str) and 0 < len(said) <= 40
