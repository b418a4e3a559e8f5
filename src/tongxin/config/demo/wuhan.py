"""Fetch the streets of Wuhan out of a Python source package, pinned by hash.

The package `neatnet` 0.1.6 ships an extract of OpenStreetMap (© OpenStreetMap contributors,
ODbL 1.0) as test data: geometry and class of each street, no names, one-ways or speeds. Only that
one file is taken out; the package is neither installed nor imported.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tongxin.kernel.errors import TongxinError

PACKAGE = "neatnet==0.1.6"
PACKAGE_SHA256 = "a1f760e0875a7f42a778d86293c397b37ee61e71fba49769c2b3db30271a7fff"
MEMBER = "neatnet-0.1.6/data/wuhan_8989/original.parquet"
MEMBER_SHA256 = "aeadb891a146320d617de30b7df552818b200e9372cfeaf50535300b8bd8d244"
FILE_NAME = "wuhan-streets.parquet"
LONGEST_S = 150
ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"


class NoStreets(TongxinError):
    """The real streets cannot be had now; the generated ones serve."""

    status = 503


def fetch_wuhan(folder: Path) -> Path:
    """Return the parquet file under ``folder``, fetching it at the first call (about 25 MB).

    Raises:
        NoStreets: no network, no pip, or a file that is not the pinned one.
    """
    target = folder / FILE_NAME
    if target.is_file() and _sha256(target) == MEMBER_SHA256:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        part = Path(scratch) / FILE_NAME
        part.write_bytes(_member(_download(Path(scratch))))
        part.replace(target)
    return target


def _download(scratch: Path) -> Path:
    pinned = scratch / "pinned.txt"
    pinned.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n", "utf-8")
    command = [
        *(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download"),
        *("--no-deps", "--no-binary", ":all:", "--require-hashes"),
        *("-r", str(pinned), "-d", str(scratch)),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=LONGEST_S)
    except (OSError, subprocess.SubprocessError) as failed:
        raise NoStreets(
            "demo.no_download",
            "The real streets could not be fetched; generated ones are used.",
        ) from failed
    return next(scratch.glob("neatnet-*.tar.gz"))


def _member(archive: Path) -> bytes:
    with tarfile.open(archive) as opened:
        found = opened.extractfile(MEMBER)
        content = found.read() if found else b""
    if hashlib.sha256(content).hexdigest() != MEMBER_SHA256:
        raise NoStreets(
            "demo.wrong_streets",
            "The fetched streets are not the pinned file; generated ones are used.",
        )
    return content


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
