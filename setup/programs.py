"""Programs of the system that only tests need: a browser, Chinese fonts, PostgreSQL 15."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ground import ROOT, Refused, run, say
from stamps import Stamps

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")


def install_system_programs(stamps: Stamps) -> None:
    """Install what is missing through apt, as root or by sudo; else say what to install.

    The suite goes on without PostgreSQL 15 (its part is left out and that is said), but not without
    a browser.
    """
    missing = [name for name, is_there in _wanted().items() if not is_there]
    if missing and _apt() is not None:
        _install(missing)
    still = [name for name, is_there in _wanted().items() if not is_there]
    needed = [name for name in still if not name.startswith("postgresql")]
    if needed:
        raise Refused(
            f"The tests need {' and '.join(needed)}: install them "
            f"(on Debian: apt-get install {' '.join(needed)}) and try again."
        )
    if still:
        say(f"without {' and '.join(still)}, that part of the tests is left out")


def _wanted() -> dict[str, bool]:
    browser = os.environ.get("TONGXIN_CHROMIUM") or any(shutil.which(name) for name in BROWSERS)
    return {
        "chromium": bool(browser),
        "fonts-noto-cjk": _has_chinese_font(),
        "postgresql-15": (POSTGRES_15 / "initdb").exists(),
    }


def _has_chinese_font() -> bool:
    if shutil.which("fc-list"):
        said = subprocess.run(
            ["fc-list", ":lang=zh"], capture_output=True, text=True, check=False
        ).stdout
        return bool(said.strip())
    return Path("/usr/share/fonts/opentype/noto").exists()


def _apt() -> list[str] | None:
    """Return how apt-get can be run without a question, ``None`` when it cannot."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["sudo", "-n", "apt-get"]
    return None


def _install(names: list[str]) -> None:
    apt = _apt() or []
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    say(f"Debian packages for tests: {', '.join(names)}")
    run([*apt, "update", "-q"], failing="apt-get update failed", environment=quiet)
    for name in names:
        try:
            run(
                [*apt, "install", "-y", "-q", "--no-install-recommends", name],
                failing=f"{name} could not be installed",
                environment=quiet,
                folder=ROOT,
            )
        except Refused as error:
            say(str(error).splitlines()[0])
