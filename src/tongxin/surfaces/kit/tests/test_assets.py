from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tongxin.surfaces.kit import assets

MANIFEST = {
    "_lit.js": {"file": "assets/lit-1.js", "css": ["assets/lit-1.css"]},
    "_dom.js": {"file": "assets/dom-1.js", "imports": ["_lit.js"]},
    "src/entries/kit.ts": {
        "file": "assets/kit-1.js",
        "isEntry": True,
        "imports": ["_dom.js", "_lit.js"],
        "css": ["assets/kit-1.css"],
    },
    "src/entries/field.ts": {"file": "assets/field-1.js", "isEntry": True, "imports": ["_dom.js"]},
}


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(MANIFEST))
    monkeypatch.setattr(assets, "read_manifest", lambda: assets._read(path, 0))
    return path


def test_tags_load_styles_then_what_is_imported_then_the_entry(build: Path) -> None:
    lines = assets.vite_tags("kit").split("\n")
    assert lines == [
        '<link rel="stylesheet" href="/static/dist/assets/lit-1.css">',
        '<link rel="stylesheet" href="/static/dist/assets/kit-1.css">',
        '<link rel="modulepreload" href="/static/dist/assets/lit-1.js">',
        '<link rel="modulepreload" href="/static/dist/assets/dom-1.js">',
        '<script type="module" src="/static/dist/assets/kit-1.js"></script>',
    ]


def test_two_entries_load_what_they_share_once(build: Path) -> None:
    tags = assets.vite_tags("kit", "field")
    assert tags.count("dom-1.js") == 1
    assert "field-1.js" in tags


def test_a_missing_build_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(assets.BuildMissing, match="npm run build") as caught:
        assets.read_manifest(tmp_path / "manifest.json")
    assert caught.value.code == "build-missing"


def test_an_unknown_entry_names_those_there_are(build: Path) -> None:
    with pytest.raises(assets.BuildMissing, match="field, kit"):
        assets.vite_tags("kitt")


def test_a_new_build_is_seen_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text("{}")
    assert assets.read_manifest(path) == {}
    path.write_text(json.dumps(MANIFEST))
    import os

    os.utime(path, ns=(1, 1))
    assert "src/entries/kit.ts" in assets.read_manifest(path)


@pytest.mark.parametrize(
    ("entries", "limit_kb"), [(["kit"], 40), (["kit", "field"], 55), (["kit", "portal"], 55)]
)
def test_what_a_phone_page_loads_stays_small(entries: list[str], limit_kb: int) -> None:
    if not assets.MANIFEST.exists():
        pytest.skip("the front end is not built: npm run build in frontend/")
    manifest = assets.read_manifest()
    keys: dict[str, None] = {}
    for entry in entries:
        key = assets.chunk_of(manifest, entry)
        keys |= dict.fromkeys([*assets.chunks_behind(manifest, key, set()), key])
    files = {manifest[key]["file"] for key in keys}
    files |= {css for key in keys for css in manifest[key].get("css", [])}
    folder = assets.MANIFEST.parent
    weight = sum(len(gzip.compress((folder / file).read_bytes())) for file in files)
    assert weight <= limit_kb * 1000
