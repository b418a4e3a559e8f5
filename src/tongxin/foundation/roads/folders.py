"""Where the map versions lie, and which one is in force."""

from __future__ import annotations

from pathlib import Path

POINTER = "current"
_MAP_FOLDER = "map"


def map_folder(data_dir: Path) -> Path:
    """Return the folder that holds all map versions."""
    return data_dir / _MAP_FOLDER


def current_folder(data_dir: Path) -> Path | None:
    """Return the version folder in force, or None when no map was imported."""
    pointer = map_folder(data_dir) / POINTER
    try:
        name = pointer.read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    folder = pointer.parent / name
    return folder if name and folder.is_dir() else None
