"""Portland's police districts: a shapefile that says nothing of its reference system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyogrio
import shapely
from django.utils.translation import gettext_lazy as _

from tongxin.config.real.oregon import plausible, spots_from_feet
from tongxin.kernel.errors import BadInput

FILE = "incidents/portland_police_districts/Portland_Police_Districts.shp"
PRECINCTS = {"NO": "North Precinct", "CE": "Central Precinct", "EA": "East Precinct"}


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """One police district, for us a beat; ``polygon`` in WGS-84, ``precinct`` for us a station."""

    code: str
    precinct: str
    precinct_name: str
    polygon: shapely.Geometry


def read_districts(shared: Path) -> Iterator[DistrictRow]:
    """Yield the districts in the file's order.

    The file has no ``.prj``; its numbers are feet in EPSG:2913 (the city's own system).

    Raises:
        BadInput: the file is absent, or its numbers cannot be feet in that system.
    """
    path = shared / FILE
    if not path.is_file():
        raise BadInput("real.no_file", _("The districts' shapefile is not there."), field="file")
    meta, _fids, shapes, columns = pyogrio.raw.read(path)
    fields = dict(zip(meta["fields"].tolist(), columns, strict=True))
    west, south, east, north = shapely.total_bounds(shapely.from_wkb(shapes))
    if not (plausible(west, south) and plausible(east, north)):
        raise BadInput(
            "real.wrong_system",
            _("The shapefile's numbers are not feet in EPSG:2913."),
            field="reference_system",
        )
    polygons = shapely.transform(shapely.from_wkb(shapes), spots_from_feet)
    for code, precinct, polygon in zip(
        fields["DISTRICT"], fields["PRECINCT"], polygons, strict=True
    ):
        yield DistrictRow(code, precinct, PRECINCTS.get(precinct, precinct), polygon)
