"""The virtual environment, the packages of the lock files, the program, the translated words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ground import PYTHON, ROOT, VENV, Progress, Refused, run, say
from stamps import Stamps, content_of

REQUIREMENTS = ROOT / "requirements"
# Wheels only, but for those that come as pure Python source; their build tool is locked as well.
SOURCE_ONLY = "prcoords,django-grip,gripcontrol,pubcontrol"
LAUNCHER = """#!/bin/sh
# Starts the program of the clone that this environment lies in.
exec "$(dirname "$(readlink -f "$0")")/python" -m tongxin "$@"
"""


def install_packages(stamps: Stamps, lock: str) -> None:
    """Install the packages of ``requirements/{lock}.txt``; the developers' lock holds all."""
    wanted = {
        name: content_of([REQUIREMENTS / f"{name}.txt"], _version()) for name in ("run", "dev")
    }
    if PYTHON.exists() and _is_installed(stamps, lock, wanted):
        return
    _make_environment()
    _pip("build")
    _pip(lock, total=_count(lock))
    stamps.set(f"packages.{lock}", wanted[lock])


def _is_installed(stamps: Stamps, lock: str, wanted: dict[str, str]) -> bool:
    enough = ("dev",) if lock == "dev" else ("dev", "run")
    return any(stamps.holds(f"packages.{name}", wanted[name]) for name in enough)


def make_importable(stamps: Stamps) -> None:
    """Let the environment's Python find the clone, and put ``tongxin`` beside it."""
    site = next(VENV.glob("lib/python*/site-packages"))
    _write_if_new(site / "tongxin.pth", f"{ROOT / 'src'}\n")
    launcher = VENV / "bin" / "tongxin"
    _write_if_new(launcher, LAUNCHER)
    launcher.chmod(0o755)


def make_words(stamps: Stamps) -> None:
    """Compile the translated words when any has changed."""
    parts = sorted((ROOT / "src" / "tongxin" / "locale" / "parts").glob("*.po"))
    compiled = ROOT / "src/tongxin/locale/zh_Hans/LC_MESSAGES/django.mo"
    content = content_of([*parts, ROOT / "setup" / "words.py"])
    if compiled.exists() and stamps.holds("words", content):
        return
    run([PYTHON, ROOT / "setup" / "words.py", "compile"], failing="The words could not be compiled")
    stamps.set("words", content)


def _make_environment() -> None:
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0:
        return
    say(f"a virtual environment in .venv, with Python {sys.version.split()[0]}")
    command: list[str | Path] = [sys.executable, "-m", "venv", "--clear", VENV]
    run(command, failing="The virtual environment could not be made")


def _version() -> str:
    """The environment's version of Python counts: another one needs other packages."""
    settings = VENV / "pyvenv.cfg"
    if not settings.exists():
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    lines = dict(
        line.split(" = ", 1) for line in settings.read_text().splitlines() if " = " in line
    )
    return ".".join(lines.get("version", lines.get("version_info", "")).split(".")[:2])


def _pip(lock: str, total: int | None = None) -> None:
    progress = Progress("Python packages", total)

    def show(line: str) -> None:
        words = line.split()
        if line.startswith("Collecting ") and len(words) > 1:
            progress.step(words[1].split("==")[0])
        elif line.startswith("Installing collected packages"):
            progress.end()
            say("unpacking the packages")

    command: list[str | Path] = [PYTHON, "-m", "pip", "install", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--require-hashes"]
    command += ["--only-binary", ":all:", "--no-binary", SOURCE_ONLY, "--no-build-isolation"]
    try:
        run(
            [*command, "-r", REQUIREMENTS / f"{lock}.txt"],
            failing="The Python packages could not be installed",
            on_line=show,
        )
    except Refused as error:
        if "from versions:" in str(error) or "No matching distribution" in str(error):
            raise Refused(
                f"{error}\n(Python {_version()} on this machine may lack a wheel.)"
            ) from error
        raise


def _count(lock: str) -> int:
    text = (REQUIREMENTS / f"{lock}.txt").read_text()
    return sum("==" in line and not line.startswith((" ", "#")) for line in text.splitlines())


def _write_if_new(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
