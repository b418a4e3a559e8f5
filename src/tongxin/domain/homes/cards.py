"""What the register shows: plain records without a name, a phone or a note in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from tongxin.plumbing.vault.legal import CONSENTED

Fresh = Literal["fresh", "old", "unknown"]
How = Literal["address", "name", "phone"]


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """A building in a list: how many units and flats its plan has, and how fresh it is.

    ``freshest`` and ``oldest`` are when a flat was confirmed last and longest ago;
    ``unknown_share`` is the share, 0 to 1, of flats that were never confirmed.
    """

    id: int
    label: str
    estate: str
    lon: float
    lat: float
    units: int
    flats: int
    freshest: dt.datetime | None
    oldest: dt.datetime | None
    unknown_share: float


@dataclass(frozen=True, slots=True)
class FlatCell:
    """A cell of the plan; ``care`` holds codes of `models.Care`, ``people`` counts those in sight.

    ``shape`` (x, y, width, height in cells) is there where it was drawn by hand.
    """

    id: int
    number: str
    floor: int
    column: int
    span: int
    rise: int
    shape: dict[str, float] | None
    use: str
    state: str
    fresh: Fresh
    confirmed_at: dt.datetime | None
    care: tuple[str, ...]
    has_dog: bool
    charging_hazard: bool
    no_visit: bool
    people: int
    version: int


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A unit with its flats, floor by floor from the top."""

    id: int
    number: str
    lowest: int
    highest: int
    columns: int
    version: int
    flats: tuple[FlatCell, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A building's plan, units from left to right; ``through_glass`` in an emergency only."""

    building_id: int
    label: str
    units: tuple[UnitPlan, ...]
    may_edit: bool
    may_call: bool
    may_see_care: bool
    through_glass: bool = False


@dataclass(frozen=True, slots=True)
class CareCard:
    """A need: its id (to end it), code, legal basis, and who entered it."""

    id: int
    code: str
    legal_basis: str
    basis_rule: str
    entered_by_me: bool


@dataclass(frozen=True, slots=True)
class ResidentCard:
    """Somebody who belongs to a flat, without name, phone and note: `actions.open_residents`.

    ``has_phone`` and ``has_note`` say what there is to open. A minor's record opens only when
    ``approved_until`` lies ahead; ``approval`` is asked, granted, refused or empty.
    """

    id: int
    part: str
    lives_here: bool
    ring_order: int
    is_minor: bool
    care: tuple[CareCard, ...]
    legal_basis: str
    basis_rule: str
    notice_version: str
    consented_at: dt.datetime | None
    entered_by_me: bool
    may_amend: bool
    has_phone: bool
    has_note: bool
    approval: str
    approved_until: dt.datetime | None
    confirmed_at: dt.datetime | None
    version: int

    @property
    def basis(self) -> str:
        """Return the legal basis' code."""
        return self.legal_basis

    @property
    def consent(self) -> bool:
        """Tell whether it rests on a consent, which can be withdrawn."""
        return self.legal_basis in CONSENTED


@dataclass(frozen=True, slots=True)
class FlatCard:
    """A flat with those who belong to it, whom to ring first being first."""

    cell: FlatCell
    building_id: int
    unit_id: int
    unit_number: str
    label: str
    residents: tuple[ResidentCard, ...]
    may_edit: bool
    may_add: bool
    through_glass: bool = False


@dataclass(frozen=True, slots=True)
class FlatAbove:
    """A flat above another, for water through the ceiling: nearest floor first.

    ``straight`` tells that it lies right above; ``owner_elsewhere`` that its owner is kept with
    the flat but lives somewhere else.
    """

    id: int
    number: str
    floor: int
    state: str
    straight: bool
    owner_elsewhere: bool
    people: int


@dataclass(frozen=True, slots=True)
class FlatHit:
    """A flat, or a whole building (``flat_id`` is ``None``), that answers what was said.

    ``likeness`` to what was said is from 0 to 1; several with the best are a choice for a person.
    """

    flat_id: int | None
    building_id: int
    label: str
    how: How
    likeness: float
    exact: bool = False


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """A question to a home beat; its words are opened by `selectors.question_words`."""

    id: int
    incident_id: int
    incident_number: str
    beat_id: int
    beat: str
    state: str
    asked_by: int
    asked_at: dt.datetime
    due_at: dt.datetime
    answered_at: dt.datetime | None
    mine_to_answer: bool
    version: int


@dataclass(frozen=True, slots=True)
class ApprovalCard:
    """A request to look at a minor's record, for the supervisor who decides."""

    id: int
    flat_id: int
    label: str
    member_id: int
    purpose: str
    state: str
    asked_at: dt.datetime
    valid_to: dt.datetime | None


@dataclass(frozen=True, slots=True)
class GlassCard:
    """A look in an emergency; stays in the list until somebody else reviewed it."""

    id: int
    building_id: int
    label: str
    member_id: int
    incident_id: int | None
    broken_at: dt.datetime
    valid_to: dt.datetime
    looks: int
    reviewed_by: int | None
    reviewed_at: dt.datetime | None
    was_right: bool | None


@dataclass(frozen=True, slots=True)
class ProtectedCard:
    """Somebody protected, by flat only: for the supervisor who may end it."""

    id: int
    flat_id: int
    label: str
