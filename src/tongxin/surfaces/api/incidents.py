"""Reports, incidents and what is done with them."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import File, Header, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from tongxin.domain.incidents import actions, selectors
from tongxin.domain.incidents.kinds import registry
from tongxin.domain.incidents.models import Incident, Source
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor
from tongxin.kernel.errors import BadInput
from tongxin.surfaces.api import shapes
from tongxin.surfaces.api.acting import acting, member_of
from tongxin.surfaces.api.problems import REFUSALS

router = Router(tags=["incidents"])

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=80)]
Purpose = Annotated[shapes.Text, Field(max_length=48)]
Number = Annotated[shapes.Text, Field(max_length=24)]
PHOTO_LIMIT = 12 * 1024 * 1024


@router.get("/kinds", response={200: list[shapes.KindOut], **REFUSALS})
def kinds(request: HttpRequest) -> list[dict[str, Any]]:
    """List the kinds of this district with their states, acts and outcomes."""
    return [
        {
            "code": kind.code,
            "words": str(kind.words),
            "urgency": kind.urgency,
            "count_only": kind.count_only,
            "states": [] if kind.count_only else list(kind.lifecycle.states),
            "acts": [] if kind.count_only else list(kind.lifecycle.transitions),
            "outcomes": {code: str(words) for code, words in kind.outcomes.items()},
        }
        for kind in registry().kinds.values()
    ]


@router.post("/reports", response={200: shapes.ReportOut, 201: shapes.ReportOut, **REFUSALS})
def report(
    request: HttpRequest, given: shapes.ReportIn, key: IdempotencyKey = None
) -> tuple[int, dict[str, Any]]:
    """Take a report in. With an `Idempotency-Key`, a repeated report gives the same incident."""
    said = actions.Report(
        spot=given.spot(),
        source=Source.API,
        **given.model_dump(exclude={"lon", "lat", "system"}),
    )
    with acting(request, Permission.REPORT) as actor:
        taken = actions.report(said, actor=actor, idempotency_key=key)
    return 200 if taken.replayed else 201, _reported(taken)


def _reported(taken: actions.Reported) -> dict[str, Any]:
    incident = taken.incident
    names = ("number", "kind", "state", "place", "opened_at", "promise_due_at", "version")
    return {name: getattr(incident, name) for name in names} | {
        "status_url": f"{settings.PUBLIC_URL}/status/{incident.public_token}/",
        "replayed": taken.replayed,
    }


class _Filters(shapes.Input):
    is_open: bool = True
    kind: Annotated[shapes.Text, Field(max_length=32)] = ""
    state: Annotated[shapes.Text, Field(max_length=24)] = ""
    area: shapes.Id | None = None
    least_urgency: Annotated[int, Field(ge=1, le=3)] = 1
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[shapes.Text, Field(max_length=80)] = ""


@router.get("/incidents", response={200: shapes.IncidentPage, **REFUSALS})
def incidents(request: HttpRequest, filters: Query[_Filters]) -> dict[str, Any]:
    """List incidents in the member's sight, those that need a person now first."""
    chosen = selectors.Filters(
        is_open=filters.is_open,
        kinds=[filters.kind] if filters.kind else (),
        states=[filters.state] if filters.state else (),
        area_id=filters.area,
        least_urgency=filters.least_urgency,
    )
    with acting(request):
        rows = selectors.queue(member_of(request), chosen, filters.limit, filters.cursor)
    following = rows[-1].cursor if len(rows) == filters.limit else None
    return {"items": [_row(row) for row in rows], "next": following}


def _row(row: selectors.QueueRow) -> dict[str, Any]:
    names = shapes.IncidentOut.model_fields.keys() - {"kind_words"}
    return {name: getattr(row, name) for name in names} | {"kind_words": str(row.kind_of.words)}


@router.get("/incidents/{number}", response={200: shapes.IncidentOut, **REFUSALS})
def incident(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Return one incident."""
    with acting(request):
        found = selectors.incident(member_of(request), number)
        return _row(selectors.row_of(found))


@router.get("/incidents/{number}/timeline", response={200: list[shapes.LineOut], **REFUSALS})
def timeline(
    request: HttpRequest, number: Number, purpose: Purpose = "", because: Purpose = ""
) -> list[selectors.TimelineLine]:
    """Return the timeline; with a `purpose` also the words, and the look leaves a trace."""
    member = member_of(request)
    with acting(request, Permission.REVEAL if purpose else None):
        found = selectors.incident(member, number)
        return selectors.timeline(found, member, purpose=purpose, because=because)


@router.get("/incidents/{number}/words", response={200: shapes.WordsOut, **REFUSALS})
def words(
    request: HttpRequest, number: Number, purpose: Purpose = "", because: Purpose = ""
) -> dict[str, str]:
    """Return the reporter's words. No purpose, no look: 403, and the attempt is recorded."""
    member = member_of(request)
    with acting(request, Permission.REVEAL):
        found = selectors.incident(member, number)
        return selectors.words_of(found, member, purpose=purpose, because=because)


def _id(request: HttpRequest, number: str) -> int:
    return selectors.incident(member_of(request), number).pk


def _stands(done: Incident, actor: Actor) -> dict[str, Any]:
    names = ("number", "state", "is_open", "version")
    return {name: getattr(done, name) for name in names}


STANDS = {200: shapes.VersionOut, **REFUSALS}


@router.post("/incidents/{number}/notes", response=STANDS)
def note(request: HttpRequest, number: Number, given: shapes.NoteIn) -> dict[str, Any]:
    """Add words to the timeline."""
    with acting(request, Permission.NOTE) as actor:
        done = actions.note(_id(request, number), actor=actor, **given.model_dump())
    return _stands(done, actor)


@router.post("/incidents/{number}/triage", response=STANDS)
def triage(request: HttpRequest, number: Number, given: shapes.TriageIn) -> dict[str, Any]:
    """Set kind and urgency."""
    with acting(request, Permission.TRIAGE) as actor:
        done = actions.triage(_id(request, number), actor=actor, **given.model_dump())
    return _stands(done, actor)


@router.post("/incidents/{number}/place", response=STANDS)
def correct_place(request: HttpRequest, number: Number, given: shapes.PlaceIn) -> dict[str, Any]:
    """Correct the place: areas, label and promise follow. Needs `triage` or `dispatch`."""
    with acting(request) as actor:
        done = actions.correct_place(
            _id(request, number),
            actor=actor,
            spot=given.spot(),
            version=given.version,
            words=given.words,
        )
    return _stands(done, actor)


@router.post("/incidents/{number}/steps/{act}", response=STANDS)
def step(
    request: HttpRequest,
    number: Number,
    act: Annotated[shapes.Text, Field(max_length=32)],
    given: shapes.StepIn,
) -> dict[str, Any]:
    """Do a step of the kind's procedure."""
    with acting(request) as actor:
        done = actions.transition(_id(request, number), act, actor=actor, **given.model_dump())
    return _stands(done, actor)


@router.post("/incidents/{number}/close", response=STANDS)
def close(request: HttpRequest, number: Number, given: shapes.CloseIn) -> dict[str, Any]:
    """Close with an outcome."""
    with acting(request, Permission.CLOSE) as actor:
        done = actions.close(_id(request, number), actor=actor, **given.model_dump())
    return _stands(done, actor)


@router.post("/incidents/{number}/reopen", response=STANDS)
def reopen(request: HttpRequest, number: Number, given: shapes.StepIn) -> dict[str, Any]:
    """Open it again."""
    with acting(request) as actor:
        done = actions.reopen(
            _id(request, number), actor=actor, version=given.version, words=given.words
        )
    return _stands(done, actor)


@router.post("/incidents/{number}/undo", response=STANDS)
def undo(request: HttpRequest, number: Number, given: shapes.Seen) -> dict[str, Any]:
    """Take back one's own last act, within ten seconds."""
    with acting(request) as actor:
        done = actions.undo(_id(request, number), actor=actor, version=given.version)
    return _stands(done, actor)


@router.post("/incidents/{number}/merge", response=STANDS)
def merge(request: HttpRequest, number: Number, given: shapes.MergeIn) -> dict[str, Any]:
    """Merge into another; the answer is the incident that goes on."""
    with acting(request, Permission.TRIAGE) as actor:
        done = actions.merge(
            _id(request, number),
            into=_id(request, given.into),
            actor=actor,
            version=given.version,
            words=given.words,
        )
    return _stands(done, actor)


@router.post("/incidents/{number}/split", response={201: shapes.VersionOut, **REFUSALS})
def split(
    request: HttpRequest, number: Number, given: shapes.SplitIn
) -> tuple[int, dict[str, Any]]:
    """Make a part of it an incident of its own."""
    with acting(request, Permission.TRIAGE) as actor:
        made = actions.split(
            _id(request, number),
            actor=actor,
            kind=given.kind,
            what=given.what,
            spot=given.at.spot() if given.at else None,
            version=given.version,
        )
    return 201, _stands(made, actor)


@router.post("/incidents/{number}/hand-overs", response={201: shapes.HandOverOut, **REFUSALS})
def hand_over(
    request: HttpRequest, number: Number, given: shapes.HandOverIn
) -> tuple[int, dict[str, Any]]:
    """Ask another area to take it."""
    with acting(request, Permission.HAND_OVER) as actor:
        asked = actions.hand_over(
            _id(request, number),
            to_area_id=given.to_area,
            actor=actor,
            version=given.version,
            words=given.words,
        )
    return 201, {"id": asked.pk, "to_area": asked.to_area_id, "asked_at": asked.asked_at}


@router.post("/incidents/{number}/hand-overs/answer", response=STANDS)
def answer_hand_over(
    request: HttpRequest, number: Number, given: shapes.HandOverAnswerIn
) -> dict[str, Any]:
    """Take what was handed over, or send it back with the reason."""
    with acting(request, Permission.HAND_OVER) as actor:
        done = actions.answer_hand_over(
            _id(request, number),
            accept=given.accept,
            actor=actor,
            version=given.version,
            reason_code=given.reason,
            words=given.words,
        )
    return _stands(done, actor)


@router.post("/incidents/{number}/photos", response={201: shapes.VersionOut, **REFUSALS})
def add_photo(
    request: HttpRequest, number: Number, photo: File[UploadedFile]
) -> tuple[int, dict[str, Any]]:
    """Add a picture (JPEG, PNG or WebP, at most 12 MB); its EXIF data are dropped."""
    if (photo.size or 0) > PHOTO_LIMIT:
        raise BadInput("photo.too_large", "The picture is larger than 12 MB.", field="photo")
    with acting(request, Permission.NOTE) as actor:
        added = actions.add_photo(_id(request, number), actor=actor, data=photo.read())
    return 201, _stands(added.incident, actor)


@router.get("/status/{token}", auth=None, response={200: shapes.StatusOut, **REFUSALS})
def status(request: HttpRequest, token: Annotated[shapes.Text, Field(max_length=32)]) -> Any:
    """Return a reporter's page by its token."""
    return selectors.public_status(token)


@router.post("/status/{token}/rating", auth=None, response={204: None, **REFUSALS})
def rate(
    request: HttpRequest,
    token: Annotated[shapes.Text, Field(max_length=32)],
    given: shapes.RatingIn,
) -> HttpResponse:
    """Take the reporter's word; unhappy opens the incident again."""
    actions.rate(token, satisfied=given.satisfied, words=given.words)
    return HttpResponse(status=204)
