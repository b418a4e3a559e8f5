"""Portland's 911 feed: Atom entries with a GeoRSS point (latitude first, WGS-84)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from django.utils.translation import gettext_lazy as _

from tongxin.config.demo.kinds import kind_of_title, urgency_of_title
from tongxin.config.real.rows import Bounds, CallRow, Reason, Refused
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import Spot

FILE = "incidents/portland_911_feed_2017-02-28_a.xml"
SOURCE = "911 feed"
ATOM, GEORSS = "{http://www.w3.org/2005/Atom}", "{http://www.georss.org/georss}"


def read_feed(shared: Path, bounds: Bounds) -> Iterator[CallRow | Refused]:
    """Yield the feed's dispatches, oldest first, each once.

    Raises:
        BadInput: the file is absent, or no XML, or declares entities of its own.
    """
    entries = sorted(_entries(shared / FILE), key=lambda e: e.findtext(f"{ATOM}published") or "")
    seen: set[str] = set()
    for row, entry in enumerate(entries, 1):
        found = _row(entry, row, bounds)
        if isinstance(found, CallRow) and found.ref in seen:
            found = Refused(SOURCE, row, Reason.TWICE, found.ref)
        elif isinstance(found, CallRow):
            seen.add(found.ref)
        yield found


def _entries(path: Path) -> list[ElementTree.Element]:
    if not path.is_file():
        raise BadInput("real.no_file", _("The 911 feed is not there."), field="file")
    content = path.read_bytes()
    if b"<!ENTITY" in content or b"<!DOCTYPE" in content:
        # Entities can be nested until they fill the memory; a feed has no need of any.
        raise BadInput("real.entities", _("The feed declares entities."), field="file")
    try:
        return list(ElementTree.fromstring(content).iter(f"{ATOM}entry"))  # noqa: S314
    except ElementTree.ParseError as broken:
        raise BadInput("real.no_feed", _("The feed is not XML."), field="file") from broken


def _row(entry: ElementTree.Element, row: int, bounds: Bounds) -> CallRow | Refused:
    category = entry.find(f"{ATOM}category")
    title = category.get("label", "") if category is not None else ""
    if not title:
        return Refused(SOURCE, row, Reason.NO_KIND, "")
    at = _moment(entry.findtext(f"{ATOM}published") or "")
    if at is None:
        return Refused(SOURCE, row, Reason.BAD_DATE, entry.findtext(f"{ATOM}published") or "")
    point = entry.findtext(f"{GEORSS}point") or ""
    spot = _spot(point)
    if spot is None:
        reason = Reason.BAD_COORDINATES if point else Reason.NO_COORDINATES
        return Refused(SOURCE, row, reason, point)
    if not bounds.holds(spot):
        return Refused(SOURCE, row, Reason.OUTSIDE_MAP, point)
    return CallRow(
        source=SOURCE,
        ref=(entry.findtext(f"{ATOM}id") or "").rsplit("/", 1)[-1],
        at=at,
        day_only=False,
        kind=kind_of_title(title),
        urgency=urgency_of_title(title),
        title=title,
        place=(entry.findtext(f"{ATOM}title") or "").removeprefix(f"{title} at "),
        spot=spot,
    )


def _moment(text: str) -> dt.datetime | None:
    """Read ``2017-02-28T14:54:53.0-08:00``; None when it is no moment with a zone."""
    try:
        moment = dt.datetime.fromisoformat(text.replace(".0-", "-"))
    except ValueError:
        return None
    return moment.astimezone(dt.UTC) if moment.tzinfo else None


def _spot(text: str) -> Spot | None:
    """Read ``lat lon``; None when these are no degrees."""
    try:
        lat, lon = map(float, text.split())
    except ValueError:
        return None
    return Spot(lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None
