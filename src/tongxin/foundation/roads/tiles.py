"""Reading the base map's tiles: one MBTiles file of a map version, nothing heavier."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

MIN_ZOOM, MAX_ZOOM = 8, 14
FILE = "basemap.mbtiles"
ATTRIBUTION = "© OpenStreetMap contributors"


def vector_layers() -> list[dict[str, Any]]:
    """Return the layers as TileJSON 3.0 describes them."""
    words = {"class": "String", "name": "String"}
    names = ("water", "green", "buildings", "rail", "roads", "places")
    return [{"id": name, "fields": words} for name in names]


class BaseMap:
    """The tiles of one map version; thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.version = folder.name
        self._uri = f"file:{folder / FILE}?mode=ro&immutable=1"
        self._local = threading.local()
        rows = self._connection().execute("SELECT name, value FROM metadata").fetchall()
        self._metadata: dict[str, str] = dict(rows)

    def _connection(self) -> sqlite3.Connection:
        # One connection a thread: SQLite's are not shared, and opening one is cheap.
        ready: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if ready is None:
            ready = self._local.connection = sqlite3.connect(self._uri, uri=True)
        return ready

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees."""
        west, south, east, north = map(float, self._metadata["bounds"].split(","))
        return west, south, east, north

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return one gzipped tile (rows counted from north), or None where nothing is drawn."""
        if not (MIN_ZOOM <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
            return None
        found = self._connection().execute(
            "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
            (z, x, 2**z - 1 - y),
        )
        row = found.fetchone()
        return row[0] if row else None

    def tilejson(self, tiles_url: str) -> dict[str, Any]:
        """Describe the tiles as TileJSON 3.0; ``tiles_url`` holds {z}, {x} and {y}."""
        return {
            "tilejson": "3.0.0", "tiles": [tiles_url], "minzoom": MIN_ZOOM, "maxzoom": MAX_ZOOM,
            "bounds": list(self.bounds), "attribution": self._metadata["attribution"],
            "version": "1.0.0", "vector_layers": vector_layers(),
        }  # fmt: skip
