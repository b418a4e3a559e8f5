"""Runs many commands of ``tongxin`` in one process, one after another, and tells how each ended.

    python many_commands.py FILE      FILE holds JSON: a list of argument lists

Prints one line of JSON for each: ``code``, ``said`` (what stood on stderr and stdout), ``seconds``,
``megabytes`` (the most memory held meanwhile). The process may never hold more than 3 GB.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

MOST_BYTES = 3 << 30


def run(arguments: list[str]) -> dict[str, Any]:
    """Run one command as the program does."""
    from tongxin.config import command

    said, code = io.StringIO(), 0
    sys.argv = ["tongxin", *arguments]
    began = time.monotonic()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            command.main()
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:
            code = -1
            traceback.print_exc()
    return {
        "code": code,
        "said": said.getvalue(),
        "seconds": time.monotonic() - began,
        "megabytes": _peak_megabytes(),
    }


def _peak_megabytes() -> float:
    """Return the most memory that was held since this was last asked."""
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    Path("/proc/self/clear_refs").write_text("5")
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    for each in json.loads(Path(sys.argv[1]).read_text()):
        print(json.dumps(run(each)), flush=True)
