from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tongxin.config.demo import wuhan

CONTENT = b"streets"


def archive(content: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as opened:
        entry = tarfile.TarInfo(wuhan.MEMBER)
        entry.size = len(content)
        opened.addfile(entry, io.BytesIO(content))
    return held.getvalue()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Stand in for pip: puts an archive into the folder that it is told."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> None:
        commands.append(command)
        folder = Path(command[command.index("-d") + 1])
        assert wuhan.PACKAGE_SHA256 in (folder / "pinned.txt").read_text()
        (folder / "neatnet-0.1.6.tar.gz").write_bytes(archive(CONTENT))

    monkeypatch.setattr(wuhan.subprocess, "run", run)
    return commands


def test_the_streets_are_taken_out_once_and_kept(
    served: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wuhan, "MEMBER_SHA256", hashlib.sha256(CONTENT).hexdigest())
    first = wuhan.fetch_wuhan(tmp_path / "downloads")
    assert first.read_bytes() == CONTENT
    assert wuhan.fetch_wuhan(tmp_path / "downloads") == first
    assert len(served) == 1
    assert "--require-hashes" in served[0]
    assert [p.name for p in (tmp_path / "downloads").iterdir()] == [wuhan.FILE_NAME]


def test_another_file_than_the_pinned_one_is_refused(
    served: list[list[str]], tmp_path: Path
) -> None:
    with pytest.raises(wuhan.NoStreets) as refused:
        wuhan.fetch_wuhan(tmp_path)
    assert refused.value.code == "demo.wrong_streets"
    assert not (tmp_path / wuhan.FILE_NAME).exists()


def test_no_network_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_: Any) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(wuhan.subprocess, "run", fail)
    with pytest.raises(wuhan.NoStreets) as refused:
        wuhan.fetch_wuhan(tmp_path)
    assert refused.value.code == "demo.no_download"
