"""Under which user an embedded PostgreSQL runs: it refuses to run as root.

An ordinary user runs it as himself. For root there are two ways, tried in this order: give up root
for a service user, or, where folders on the way are closed to that user (``/root`` is), a user
namespace in which root's own files belong to somebody who is not root.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongxin.config.words import gettext as _
from tongxin.kernel.errors import TongxinError

SERVICE_USERS = ("tongxin", "postgres", "nobody")
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Identity:
    """How to start a program: ``uid``/``gid`` own its files; ``mapped`` means a user namespace."""

    uid: int
    gid: int
    drop: bool = False
    mapped: bool = False

    def popen_options(self) -> dict[str, Any]:
        """Return the keyword arguments of ``subprocess`` that start a program under it."""
        options: dict[str, Any] = {"preexec_fn": self._before_exec(os.getpid())}
        if self.drop:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def own(self, folder: Path) -> None:
        """Hand ``folder`` and all it contains to this identity (only root can and need do so)."""
        if os.geteuid() != 0 or folder.stat().st_uid == self.uid:
            return
        for root, _dirs, files in os.walk(folder):
            for path in [root, *(os.path.join(root, name) for name in files)]:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def _before_exec(self, parent: int) -> Callable[[], None]:
        def prepare() -> None:
            if self.mapped:
                _enter_namespace(_service_user().pw_uid)
            end_with_parent(parent, signal.SIGINT)

        return prepare


def end_with_parent(parent: int, with_signal: int) -> None:
    """Ask Linux to send this process ``with_signal`` when the one that started it dies."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, with_signal)
    if os.getppid() != parent:  # it died before the line above
        os.kill(os.getpid(), with_signal)


def choose(folder: Path, program: Path) -> Identity:
    """Return an identity that may enter ``folder`` and run ``program``.

    Raises ``TongxinError`` naming the folder when root can find none.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid())
    user = _service_user()
    identities = (
        Identity(user.pw_uid, user.pw_gid, drop=True),
        Identity(0, 0, mapped=True),
    )
    for identity in identities:
        identity.own(folder)
        if _works(identity, folder, program):
            return identity
    raise TongxinError(
        "postgres.closed_folder",
        _(
            "PostgreSQL does not run as root, and the user {user} cannot enter {folder} or run "
            "{program}: work as an ordinary user, put TONGXIN_DATA and the program where others "
            "may read, or set DATABASE_URL."
        ).format(user=user.pw_name, folder=folder, program=program),
        field="TONGXIN_DATA",
    )


def _service_user() -> pwd.struct_passwd:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in SERVICE_USERS:
        if name in known:
            return known[name]
    raise TongxinError(
        "postgres.no_user",
        _(
            "PostgreSQL does not run as root and there is no user postgres or nobody: "
            "work as an ordinary user, or set DATABASE_URL."
        ),
    )


def _works(identity: Identity, folder: Path, program: Path) -> bool:
    """Try it, rather than guess from permissions: access lists and containers have their say."""
    script = 'cd "$1" && test -w . && "$2" --version'
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", script, "sh", str(folder), str(program)],
            cwd="/",
            capture_output=True,
            check=False,
            timeout=20,
            **identity.popen_options(),
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _enter_namespace(uid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} 0 1")
    Path("/proc/self/gid_map").write_text(f"{uid} 0 1")
