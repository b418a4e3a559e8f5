"""What can be done with the register. Every act takes ``actor`` and is one transaction.

Where an act takes ``version``, that is what the actor saw: if somebody was faster, ``Conflict``
(``homes.stale``) says so and nothing is changed. Off the actor's ground everything is ``NotFound``.
"""

from __future__ import annotations

from tongxin.domain.homes.approving import (
    ask_look,
    break_glass,
    grant_look,
    refuse_look,
    review_glass,
)
from tongxin.domain.homes.asking import (
    answer_home_question,
    ask_home_beat,
    withdraw_home_question,
)
from tongxin.domain.homes.drawing import (
    add_flat,
    confirm_flat,
    draw_shape,
    lay_out_unit,
    merge_flats,
    remove_flat,
    set_flat,
)
from tongxin.domain.homes.granting import end_register_grant, give_register_grant
from tongxin.domain.homes.looking import OpenedResident, open_residents
from tongxin.domain.homes.people import (
    add_care,
    add_resident,
    amend_resident,
    end_care,
    move_out,
    protect,
    withdraw_consent,
)
from tongxin.domain.homes.sheet_photos import add_sheet, finish_sheet, move_sheet, open_sheet

__all__ = [
    "OpenedResident",
    "add_care",
    "add_flat",
    "add_resident",
    "add_sheet",
    "amend_resident",
    "answer_home_question",
    "ask_home_beat",
    "ask_look",
    "break_glass",
    "confirm_flat",
    "draw_shape",
    "end_care",
    "end_register_grant",
    "finish_sheet",
    "give_register_grant",
    "grant_look",
    "lay_out_unit",
    "merge_flats",
    "move_out",
    "move_sheet",
    "open_residents",
    "open_sheet",
    "protect",
    "refuse_look",
    "remove_flat",
    "review_glass",
    "set_flat",
    "withdraw_consent",
    "withdraw_home_question",
]
