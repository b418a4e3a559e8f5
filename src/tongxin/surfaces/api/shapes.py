"""The shapes of what goes in and out; field names are those of the glossary."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field

from tongxin.kernel.geometry import ReferenceSystem, Spot, to_wgs84


def _no_nul(value: Any) -> Any:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("text must not hold the character NUL")
    return value


Text = Annotated[str, BeforeValidator(_no_nul)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Input(Schema):
    """A body: unknown fields are refused, so that no refused category slips in."""

    model_config = ConfigDict(extra="forbid")


class Located(Input):
    """A point with the reference system that it is given in."""

    lon: Longitude
    lat: Latitude
    system: ReferenceSystem = ReferenceSystem.WGS84

    def spot(self) -> Spot:
        """Return the point in WGS-84."""
        return to_wgs84(self.lon, self.lat, self.system)


class ReportIn(Located):
    """A report. The words and the contact go to the vault; see the kinds for ``kind``."""

    kind: Annotated[Text, Field(max_length=32)]
    what: Annotated[Text, Field(max_length=4000)] = ""
    place_said: Annotated[Text, Field(max_length=200)] = ""
    contact_name: Annotated[Text, Field(max_length=40)] = ""
    contact_phone: Annotated[Text, Field(max_length=32)] = ""
    urgency: Annotated[int, Field(ge=1, le=3)] | None = None
    occurred_at: AwareDatetime | None = None
    external_ref: Annotated[Text, Field(max_length=64)] = ""


class ReportOut(Schema):
    """The incident that a report became; ``replayed`` when its key had brought it in before."""

    number: str
    kind: str
    state: str
    place: str
    opened_at: dt.datetime
    promise_due_at: dt.datetime | None
    version: int
    status_url: str
    replayed: bool


class IncidentOut(Schema):
    """An incident as the queue shows it: no names, no words of the reporter."""

    id: int
    number: str
    kind: str
    kind_words: str
    state: str
    state_words: str
    look: str
    urgency: int
    is_open: bool
    lon: float
    lat: float
    place: str
    place_exact: bool
    source: str
    escalation: str
    needs_person: bool
    next_due_at: dt.datetime | None
    promise_due_at: dt.datetime | None
    opened_at: dt.datetime
    accepted_at: dt.datetime | None
    arrived_at: dt.datetime | None
    closed_at: dt.datetime | None
    outcome: str
    satisfied: bool | None
    version: int


class IncidentPage(Schema):
    """A page of the queue; ``next`` is the cursor for the one after it, null at the end."""

    items: list[IncidentOut]
    next: str | None


class LineOut(Schema):
    """A line of the timeline as a sentence; ``text`` only where a purpose was named."""

    seq: int
    at: dt.datetime
    act: str
    who: str
    sentence: str
    public: bool
    text: str | None


class WordsOut(Schema):
    """The reporter's own words, as far as the reader may see them."""

    what: str = ""
    place_said: str = ""
    contact_name: str = ""
    contact_phone: str = ""


class Seen(Input):
    """What the actor saw: an act on a version that has passed is refused with 409."""

    version: Version | None = None


class NoteIn(Seen):
    """Words for the timeline; public ones are shown to the reporter."""

    words: Annotated[Text, Field(min_length=1, max_length=4000)]
    public: bool = False


class TriageIn(Seen):
    """Another kind, another urgency, or both."""

    kind: Annotated[Text, Field(max_length=32)] | None = None
    urgency: Annotated[int, Field(ge=1, le=3)] | None = None
    words: Annotated[Text, Field(max_length=4000)] | None = None


class PlaceIn(Seen, Located):
    """Where it is instead; the words, what was said of the place, go to the vault."""

    words: Annotated[Text, Field(max_length=200)] | None = None


class StepIn(Seen):
    """A step of the kind's procedure with the fields that it requires."""

    fields: dict[
        Annotated[Text, Field(max_length=40)], Annotated[Text, Field(max_length=200)] | int | bool
    ] = Field(default_factory=dict, max_length=20)
    words: Annotated[Text, Field(max_length=4000)] | None = None


class CloseIn(Seen):
    """The outcome (one of the kind's), and what the reporter reads."""

    outcome: Annotated[Text, Field(min_length=1, max_length=32)]
    answer: Annotated[Text, Field(max_length=4000)] = ""
    fields: dict[
        Annotated[Text, Field(max_length=40)], Annotated[Text, Field(max_length=200)] | int | bool
    ] = Field(default_factory=dict, max_length=20)


class MergeIn(Seen):
    """The number of the incident that goes on."""

    into: Annotated[Text, Field(max_length=24)]
    words: Annotated[Text, Field(max_length=4000)] | None = None


class SplitIn(Seen):
    """What becomes an incident of its own."""

    kind: Annotated[Text, Field(max_length=32)]
    what: Annotated[Text, Field(max_length=4000)] = ""
    at: Located | None = None


class HandOverIn(Seen):
    """The area, of any network, that is asked to take it."""

    to_area: Id
    words: Annotated[Text, Field(max_length=4000)] | None = None


class HandOverOut(Schema):
    """A request to take an incident."""

    id: int
    to_area: int
    asked_at: dt.datetime


class HandOverAnswerIn(Seen):
    """Taken, or sent back with the reason."""

    accept: bool
    reason: Annotated[Text, Field(max_length=32)] = ""
    words: Annotated[Text, Field(max_length=4000)] = ""


class VersionOut(Schema):
    """Where the incident stands after an act."""

    number: str
    state: str
    is_open: bool
    version: int


class PersonOut(Schema):
    """Somebody of a plan, by title, with the reasons in words."""

    assignment: int
    version: int
    member: int
    role: str
    title: str
    phone: str
    state: str
    minutes: int | None
    estimate: bool
    why: list[str]


class PlanOut(Schema):
    """A response plan as it stands; ``lacking`` says what could not be had."""

    number: int
    at: dt.datetime
    considered: int
    estimate: bool
    overruled: bool
    reason: str
    first: PersonOut | None
    lead: PersonOut | None
    support: list[PersonOut]
    lacking: list[str]


class ChoiceIn(Input):
    """A member for a part of the plan."""

    role: Literal["first", "lead", "support"]
    member: Id


class OverruleIn(Input):
    """Who goes instead, and why; ``other`` needs the reason in words."""

    choices: Annotated[list[ChoiceIn], Field(min_length=1, max_length=20)]
    reason: Annotated[Text, Field(max_length=32)]
    words: Annotated[Text, Field(max_length=4000)] = ""


class DutyIn(Input):
    """How one moves on duty, and with which crew."""

    mode: Literal["foot", "bicycle", "car"]
    crew: Id | None = None


class DutyOut(Schema):
    """Whether one is on duty, and since when."""

    on_duty: bool
    mode: str
    crew: str
    since: dt.datetime | None


class PositionIn(Located):
    """A position with its own time."""

    at: AwareDatetime
    accuracy_m: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None
    mode: Literal["foot", "bicycle", "car"] | None = None


class PositionsIn(Input):
    """A batch, in any order."""

    positions: Annotated[list[PositionIn], Field(min_length=1, max_length=1000)]


class PositionsOut(Schema):
    """How many were taken, and why others were not (index to code)."""

    accepted: int
    refused: dict[str, str]


class TaskOut(Schema):
    """What one is asked to do now."""

    assignment: int
    version: int
    number: str
    kind: str
    place: str
    lon: float
    lat: float
    urgency: int
    role: str
    state: str
    next_act: str
    minutes: int | None
    estimate: bool
    promise_due_at: dt.datetime | None
    why: list[str]


class AnswerIn(Seen):
    """An answer to an assignment; declining needs a reason."""

    reason: Annotated[Text, Field(max_length=32)] = ""
    words: Annotated[Text, Field(max_length=4000)] | None = None


class AssignmentOut(Schema):
    """Where an assignment stands after an answer."""

    assignment: int
    state: str
    version: int


class AlertOut(Schema):
    """An alert that waits to be shown: a number and a link, never a person."""

    id: int
    template: str
    text: str
    link: str
    number: str
    urgent: bool
    at: dt.datetime


class ShownOut(Schema):
    """Whether this call was the first to mark the alert, so that its page may show it."""

    first: bool


class KeeperOut(Schema):
    """Somebody who looks after a spot."""

    role: str
    title: str
    phone: str
    area: str


class AreaOut(Schema):
    """An area of one network."""

    id: int
    network: str
    level: str
    code: str
    name: str


class LooksAfterOut(Schema):
    """Who looks after a spot, by network; ``first`` is the number to ring first."""

    areas: dict[str, AreaOut | None]
    people: dict[str, list[KeeperOut]]
    first: KeeperOut | None
    faults: list[str]


class PlaceOut(Schema):
    """A place as people call it."""

    label: str
    lon: float
    lat: float
    kind: str
    exact: bool


class StatusStep(Schema):
    """One thing that happened, as the reporter is told."""

    at: dt.datetime
    says: str
    text: str


class StatusOut(Schema):
    """A reporter's page."""

    number: str
    kind: str
    place: str
    state: str
    look: str
    reported_at: dt.datetime
    closed_at: dt.datetime | None
    who: str
    next: str
    next_due_at: dt.datetime | None
    outcome: str
    steps: list[StatusStep]
    can_rate: bool
    satisfied: bool | None


class RatingIn(Input):
    """The reporter's word: is it all right?"""

    satisfied: bool
    words: Annotated[Text, Field(max_length=2000)] = ""


class KindOut(Schema):
    """A kind of incident with its outcomes."""

    code: str
    words: str
    urgency: int
    count_only: bool
    states: list[str]
    acts: list[str]
    outcomes: dict[str, str]


class CallOut(Schema):
    """The inbound call that a gateway's message is about."""

    call: int | None
