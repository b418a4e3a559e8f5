"""The table of the interface: every operation of the OpenAPI, with whose it is."""

from __future__ import annotations

from typing import Any

from access_matrix.cast import Actor
from access_matrix.knocking import Row, incident_in_sight, rows
from tongxin.foundation.access.roles import Permission as P

SEEN = {"sees": incident_in_sight}
ONE = "/incidents/{number}"
NUMBER = {"number": "number"}


def _runs_the_incident(actor: Actor) -> bool:
    """Another's assignment is answered by whoever may dispatch there."""
    return incident_in_sight(actor) and P.DISPATCH in actor.holds


def _act(path: str, right: P, number: str = "number", **data: Any) -> list[Row]:
    """An act whose right the token must carry and the member hold on that ground."""
    both = {"need": [right], "then": [right]}
    return rows(f"{ONE}/{path}", "POST", **both, **SEEN, args={"number": number}, data=data)


INTERFACE: list[Row] = [
    *rows("/kinds", "GET"),
    *rows("/looks-after", "GET", data={"lon": "$lon", "lat": "$lat"}),
    *rows("/areas", "GET", data={"network": "police", "level": "beat"}),
    *rows("/places", "GET", data={"q": "铁塔寺"}),
    *rows(
        "/reports",
        "POST",
        need=[P.REPORT],
        data={"kind": "help", "lon": "$lon", "lat": "$lat", "what": "有人摔倒"},
    ),
    *rows("/incidents", "GET"),
    *rows(ONE, "GET", **SEEN, args=NUMBER),
    *rows(f"{ONE}/timeline", "GET", **SEEN, args=NUMBER),
    *rows(
        f"{ONE}/timeline",
        "GET",
        need=[P.REVEAL],
        **SEEN,
        args=NUMBER,
        data={"purpose": "handle_incident"},
    ),
    *rows(
        f"{ONE}/words",
        "GET",
        need=[P.REVEAL],
        **SEEN,
        args=NUMBER,
        data={"purpose": "handle_incident"},
    ),
    # a look without a purpose is refused, whoever asks
    *rows(f"{ONE}/words", "GET", need=[P.REVEAL], **SEEN, always=403, args=NUMBER),
    *rows(f"{ONE}/plan", "GET", **SEEN, args=NUMBER),
    *_act("notes", P.NOTE, words="看过了"),
    *_act("triage", P.TRIAGE, urgency=3),
    *rows(
        f"{ONE}/place",
        "POST",
        **SEEN,
        then=[P.TRIAGE, P.DISPATCH],
        args=NUMBER,
        data={"lon": "$lon", "lat": "$lat", "words": "东边那个"},
    ),
    *rows(
        f"{ONE}/steps/{{act}}",
        "POST",
        **SEEN,
        then=[P.RESPOND],
        args={"number": "number", "act": "=give_back"},
    ),
    *_act("close", P.CLOSE, outcome="helped"),
    *rows(f"{ONE}/reopen", "POST", **SEEN, then=[P.CLOSE], args=NUMBER),
    *rows(f"{ONE}/undo", "POST", **SEEN, always=403, args=NUMBER),
    *_act("merge", P.TRIAGE, into="$other_number"),
    *_act("split", P.TRIAGE, kind="help", what="另一件"),
    *_act("hand-overs", P.HAND_OVER, to_area="$village"),
    *_act("hand-overs/answer", P.HAND_OVER, "handed", accept=True),
    *_act("photos", P.NOTE),
    *_act(
        "overrule",
        P.DISPATCH,
        choices=[{"role": "first", "member": "$colleague"}],
        reason="safety",
    ),
    *rows("/status/{token}", "GET", public=True, args={"token": "public"}),
    *rows(
        "/status/{token}/rating",
        "POST",
        public=True,
        args={"token": "public"},
        data={"satisfied": True},
    ),
    *rows("/duty", "GET"),
    *rows("/duty/on", "POST", need=[P.GO_ON_DUTY], data={"mode": "foot"}),
    *rows("/duty/off", "POST", need=[P.GO_ON_DUTY]),
    *rows(
        "/positions",
        "POST",
        need=[P.GO_ON_DUTY],
        data={"positions": [{"lon": "$lon", "lat": "$lat", "at": "2026-06-15T10:00:00+08:00"}]},
    ),
    *rows("/assignments", "GET"),
    *rows(
        "/assignments/{assignment}/{answer}",
        "POST",
        need=[P.RESPOND],
        sees=_runs_the_incident,
        args={"assignment": "assignment", "answer": "=accept"},
    ),
    *rows("/alerts", "GET", need=[P.SEE_OWN_INCIDENTS]),
    # another's alert is never marked, and nothing says whether it is there
    *rows("/alerts/{alert}/shown", "POST", need=[P.SEE_OWN_INCIDENTS], args={"alert": "delivery"}),
    # signed by the telephone gateway, of which there is none here
    *rows("/calls/events", "POST", public=True, always=404),
]
