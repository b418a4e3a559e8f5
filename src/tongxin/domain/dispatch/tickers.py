"""What the worker repeats for dispatch."""

from __future__ import annotations

from tongxin.kernel import ticking

BOARD_EVERY_S = 1.0
LOOK_AGAIN_EVERY_S = 3.0
CALLS_EVERY_S = 0.5
TRACK_EVERY_S = 3600.0


def _refresh_board() -> None:
    from tongxin.domain.dispatch.duty_board import board
    from tongxin.foundation.access.scope import acting_as

    with acting_as("dispatch"):
        board().refresh()


def _look_again() -> None:
    from tongxin.domain.dispatch.reconsidering import look_again

    look_again()


def _pass_calls_on() -> None:
    from tongxin.domain.dispatch.callplan import pass_on_due

    pass_on_due()


def _keep_track() -> None:
    from tongxin.domain.dispatch.duty import keep_track

    keep_track()


def register() -> None:
    """Register them all; only the worker runs them."""
    ticking.register("dispatch.board", BOARD_EVERY_S, _refresh_board)
    ticking.register("dispatch.look_again", LOOK_AGAIN_EVERY_S, _look_again)
    ticking.register("dispatch.calls", CALLS_EVERY_S, _pass_calls_on)
    ticking.register("dispatch.track", TRACK_EVERY_S, _keep_track)
