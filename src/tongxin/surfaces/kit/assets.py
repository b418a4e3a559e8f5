"""The built front end: from an entry's name to its hashed files, by Vite's manifest."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from tongxin.kernel.errors import TongxinError

MANIFEST = Path(__file__).parent / "static" / "dist" / "manifest.json"

Manifest = dict[str, dict[str, Any]]


class BuildMissing(TongxinError):
    """The pages were asked for before the front end was built."""

    status = 500


def read_manifest(path: Path = MANIFEST) -> Manifest:
    """Read Vite's manifest, again only when the build changed.

    Raises ``BuildMissing`` (code ``build-missing``) when there is none.
    """
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise BuildMissing(
            "build-missing",
            _(
                "The pages are not built yet: run “make setup”, "
                "or “npm ci && npm run build” in frontend/."
            ),
        ) from None


@functools.lru_cache(maxsize=4)
def _read(path: Path, _changed_at: int) -> Manifest:
    manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def chunk_of(manifest: Manifest, entry: str) -> str:
    """Return the manifest key of the entry called ``entry``; raises ``BuildMissing`` if absent."""
    key = f"src/entries/{entry}.ts"
    if key not in manifest:
        entries = [Path(name).stem for name, chunk in manifest.items() if chunk.get("isEntry")]
        known = ", ".join(sorted(entries))
        raise BuildMissing("entry-missing", f"no entry “{entry}” in the build; there are: {known}")
    return key


def chunks_behind(manifest: Manifest, key: str, seen: set[str]) -> Iterator[str]:
    """Yield the keys of all chunks that ``key`` imports at once, deepest first, each once."""
    for needed in manifest[key].get("imports", []):
        if needed not in seen:
            seen.add(needed)
            yield from chunks_behind(manifest, needed, seen)
            yield needed


def vite_tags(*entries: str) -> Markup:
    """Return the ``<link>`` and ``<script>`` tags that load ``entries`` with all they import."""
    manifest = read_manifest()
    tags: dict[Markup, None] = {}
    for entry in entries:
        key = chunk_of(manifest, entry)
        behind = list(chunks_behind(manifest, key, set()))
        for needed in [*behind, key]:
            for css in manifest[needed].get("css", []):
                tags[Markup('<link rel="stylesheet" href="{}">').format(address(css))] = None
        for needed in behind:
            link = Markup('<link rel="modulepreload" href="{}">')
            tags[link.format(address(manifest[needed]["file"]))] = None
        script = Markup('<script type="module" src="{}"></script>')
        tags[script.format(address(manifest[key]["file"]))] = None
    return Markup("\n").join(tags)


def addresses_of(*entries: str) -> list[str]:
    """Return the addresses of all scripts and styles that ``entries`` load at once, each once."""
    manifest = read_manifest()
    files: dict[str, None] = {}
    for entry in entries:
        key = chunk_of(manifest, entry)
        for needed in [*chunks_behind(manifest, key, set()), key]:
            files |= dict.fromkeys([manifest[needed]["file"], *manifest[needed].get("css", [])])
    return [address(file) for file in files]


def address(file: str) -> str:
    """Return the address of a built file, by STATIC_URL."""
    return static(f"dist/{file}")
