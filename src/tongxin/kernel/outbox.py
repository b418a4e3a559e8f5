"""Deferring a job from the path of every report: the job engine's own function, prepared.

The same as ``task.defer(…)`` on Django's connection, without building a job object first; anything
less busy should use that.
"""

from __future__ import annotations

import json
from typing import Any

from tongxin.kernel import prepared

_DEFER = """
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
        %s::varchar, %s::varchar, %s::integer, NULL, NULL, %s::jsonb, NULL
    )::procrastinate_job_to_defer_v1])
"""


def defer(task: str, *, queue: str, priority: int, **arguments: Any) -> None:
    """Write the row of a job in the caller's transaction; a worker takes it on commit.

    ``task`` is the task's registered name, ``arguments`` its keyword arguments (JSON).
    """
    prepared.rows(_DEFER, [queue, task, priority, json.dumps(arguments)])
