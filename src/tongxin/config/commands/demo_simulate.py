"""``tongxin demo-simulate``: the simulated people, a process of ``tongxin demo``."""

from __future__ import annotations

from tongxin.config import speak

LONGEST_WAIT_S = 60.0


@speak.command(short_help="A process of demo: the simulated people.", hidden=True)
@speak.option("--speed", type=float, default=1.0)
def command(speed: float) -> None:
    """Let the simulated people call, drive and close until SIGTERM."""
    from tongxin.config import reaching

    _let_the_pages_come_first()
    with reaching.django():
        from tongxin.config.demo.simulation import run

        run(speed)


def _let_the_pages_come_first() -> None:
    """Wait for the first page: whoever starts the demo waits for that, not for this."""
    import time

    from tongxin.config.environment import Environment
    from tongxin.config.processes import page_answers

    ends_at = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < ends_at:
        if page_answers(f"http://127.0.0.1:{Environment.read().port}/healthz"):
            return
        time.sleep(0.5)
