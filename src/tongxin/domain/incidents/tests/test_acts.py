from __future__ import annotations

import io
from typing import Any

import pytest
from django.utils import translation
from PIL import Image

from tongxin.domain import incidents
from tongxin.domain.incidents import actions, selectors
from tongxin.domain.incidents.handing import RefusalReason
from tongxin.domain.incidents.models import Clock, Incident
from tongxin.domain.incidents.tests.making import HERE, THERE, Cast, acts, by, lines, reported
from tongxin.foundation.access.scope import ReporterActor
from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from tongxin.plumbing.channels.models import Delivery
from tongxin.plumbing.vault import files
from tongxin.plumbing.vault.models import StoredFile


def fresh(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def closed(cast: Cast, kind: str = "help", outcome: str = "helped", **more: Any) -> Incident:
    incident = reported(kind, **more)
    return actions.close(incident.pk, actor=by(cast.officer), outcome=outcome, version=1)


def test_accept_depart_arrive_close_each_adds_a_line_and_stops_its_clock(cast: Cast) -> None:
    incident = reported()
    for act in ("accept", "depart", "arrive"):
        version = fresh(incident).version
        actions.transition(incident.pk, act, actor=by(cast.officer), version=version)
    assert fresh(incident).state == "there"
    assert not Clock.objects.filter(incident=incident, stopped_at=None).exists()
    actions.close(incident.pk, actor=by(cast.officer), outcome="settled", version=4)
    done = fresh(incident)
    assert (done.state, done.is_open, done.outcome) == ("closed", False, "settled")
    assert None not in (done.accepted_at, done.arrived_at, done.closed_at)
    assert acts(incident) == ["report", "accept", "depart", "arrive", "close"]
    assert [line.seq for line in lines(incident)] == [1, 2, 3, 4, 5]


def test_what_somebody_else_changed_first_is_a_conflict_in_one_clear_sentence(cast: Cast) -> None:
    incident = reported()
    actions.note(incident.pk, actor=by(cast.grid_worker), words="我在楼下")
    with pytest.raises(Conflict) as caught:
        actions.close(incident.pk, actor=by(cast.officer), outcome="settled", version=1)
    assert caught.value.code == "incident.stale"
    assert fresh(incident).is_open


def test_outside_ones_ground_an_incident_is_absent(cast: Cast) -> None:
    incident = reported()
    for who in (cast.outsider, cast.nobody, cast.volunteer):
        with pytest.raises(NotFound):
            actions.close(incident.pk, actor=by(who), outcome="settled")
        with pytest.raises(NotFound):
            selectors.incident(who, incident.number)
        assert selectors.queue(who) == []
    assert selectors.incident(cast.chief, incident.number).pk == incident.pk


def test_a_grid_worker_may_not_triage(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        actions.triage(reported("hazard").pk, actor=by(cast.grid_worker), urgency=3)


def test_triage_changes_kind_urgency_and_clocks(cast: Cast) -> None:
    incident = reported("enquiry")
    actions.triage(incident.pk, actor=by(cast.dispatcher), kind="emergency", urgency=3, version=1)
    changed = fresh(incident)
    assert (changed.kind, changed.urgency, changed.state) == ("emergency", 3, "reported")
    open_clocks = Clock.objects.filter(incident=incident, stopped_at=None)
    assert set(open_clocks.values_list("kind", flat=True)) == {"accept", "arrive"}
    with pytest.raises(BadInput):
        actions.triage(incident.pk, actor=by(cast.dispatcher), kind="case_count")


def test_a_state_that_the_new_kind_lacks_starts_over(cast: Cast) -> None:
    incident = reported("dispute")
    actions.transition(incident.pk, "accept", actor=by(cast.officer))
    actions.transition(incident.pk, "mediate", actor=by(cast.officer))
    actions.triage(incident.pk, actor=by(cast.officer), kind="help")
    assert fresh(incident).state == "reported"


def test_closing_needs_an_outcome_of_its_kind_and_an_enquiry_an_answer(cast: Cast) -> None:
    enquiry = reported("enquiry")
    officer = by(cast.officer)
    for outcome, field in (("", "outcome"), ("found_well", "outcome"), ("answered", "answer")):
        with pytest.raises(BadInput) as caught:
            actions.close(enquiry.pk, actor=officer, outcome=outcome)
        assert caught.value.field == field
    actions.close(enquiry.pk, actor=officer, outcome="answered", answer="周二上午带身份证来。")
    assert lines(enquiry)[-1].payload == {"from": "reported", "outcome": "answered"}
    shown = selectors.public_status(enquiry.public_token)
    assert shown.steps[-1].text == "周二上午带身份证来。"


def test_light_accidents_go_the_quick_way_when_all_three_hold(cast: Cast) -> None:
    accident = reported("accident")
    with pytest.raises(BadInput) as caught:
        actions.transition(
            accident.pk, "quick", actor=by(cast.officer), fields={"nobody_hurt": True}
        )
    assert caught.value.field == "vehicles_move"
    agreed = {"nobody_hurt": True, "vehicles_move": True, "both_agree": True}
    actions.transition(accident.pk, "quick", actor=by(cast.officer), fields=agreed)
    actions.close(accident.pk, actor=by(cast.officer), outcome="quick_settled")
    assert acts(accident) == ["report", "quick", "close"]


def test_words_are_not_taken_as_codes(cast: Cast) -> None:
    hazard = reported("hazard")
    actions.transition(hazard.pk, "accept", actor=by(cast.grid_worker))
    for fields in ({"deadline": "明天"}, {"deadline": "2026-06-16"}, {"deadline": ""}):
        with pytest.raises(BadInput):
            actions.transition(hazard.pk, "order", actor=by(cast.grid_worker), fields=fields)
    good = {"deadline": "2026-06-16T10:00:00+08:00"}
    actions.transition(hazard.pk, "order", actor=by(cast.grid_worker), fields=good)
    assert fresh(hazard).next_due_at.isoformat() == "2026-06-16T02:00:00+00:00"


def test_merged_reports_keep_both_histories_and_the_reporter_follows_the_one_that_goes_on(
    cast: Cast,
) -> None:
    first, second = reported("hazard"), reported("hazard")
    actions.merge(second.pk, into=first.pk, actor=by(cast.officer), version=1)
    assert fresh(second).merged_into_id == first.pk
    assert not fresh(second).is_open
    assert acts(second) == ["report", "merge"]
    assert acts(first) == ["report", "merged"]
    actions.transition(first.pk, "accept", actor=by(cast.officer))
    shown = selectors.public_status(second.public_token)
    assert shown.number == second.number
    assert shown.followed == first.number
    assert shown.who.startswith(("李", "Officer"))
    assert [step.act for step in shown.steps] == ["report", "merge", "accept"]
    with pytest.raises(Conflict):
        actions.merge(first.pk, into=second.pk, actor=by(cast.officer))
    with pytest.raises(BadInput):
        actions.merge(first.pk, into=first.pk, actor=by(cast.officer))


def test_a_chain_of_merges_leads_to_the_last_one(cast: Cast) -> None:
    one, two, three = reported("hazard"), reported("hazard"), reported("hazard")
    actions.merge(one.pk, into=two.pk, actor=by(cast.officer))
    actions.merge(two.pk, into=three.pk, actor=by(cast.officer))
    assert selectors.public_status(one.public_token).followed == three.number


def test_split_makes_an_incident_of_its_own(cast: Cast) -> None:
    first = reported("accident", contact_phone="13800138000")
    part = actions.split(
        first.pk, actor=by(cast.officer), kind="hazard", what="油洒了一地", version=1
    )
    assert fresh(part).split_from_id == first.pk
    assert (part.lon, part.lat, part.contact_ref) == (first.lon, first.lat, None)
    assert lines(first)[-1].payload["number"] == part.number


def test_handing_over_lets_the_asked_body_see_it_and_take_it(cast: Cast) -> None:
    incident = reported("hazard")
    target = cast.ground.beats[3]
    with pytest.raises(NotFound):
        selectors.incident(cast.outsider, incident.number)
    actions.hand_over(incident.pk, to_area_id=target.pk, actor=by(cast.officer), version=1)
    assert fresh(incident).state == "handed_over"
    assert selectors.incident(cast.outsider, incident.number)
    with pytest.raises(Forbidden):
        actions.answer_hand_over(incident.pk, accept=True, actor=by(cast.grid_worker))
    actions.answer_hand_over(incident.pk, accept=True, actor=by(cast.outsider), version=2)
    assert fresh(incident).owner_area_id == target.pk
    assert fresh(incident).state == "reported"
    assert acts(incident) == ["report", "hand_over", "take"]


def test_sending_back_needs_a_reason_and_leads_back_to_where_it_was(cast: Cast) -> None:
    incident = reported("hazard")
    actions.transition(incident.pk, "accept", actor=by(cast.officer))
    actions.hand_over(incident.pk, to_area_id=cast.ground.beats[3].pk, actor=by(cast.officer))
    refuse = {"accept": False, "actor": by(cast.outsider)}
    with pytest.raises(BadInput) as caught:
        actions.answer_hand_over(incident.pk, **refuse)
    assert caught.value.field == "reason_code"
    with pytest.raises(BadInput) as caught:
        actions.answer_hand_over(incident.pk, **refuse, reason_code=RefusalReason.OTHER)
    assert caught.value.field == "words"
    actions.answer_hand_over(incident.pk, **refuse, reason_code=RefusalReason.NOT_OUR_GROUND)
    assert fresh(incident).state == "accepted"
    assert fresh(incident).owner_area_id == cast.ground.beats[0].pk
    with pytest.raises(NotFound):
        selectors.incident(cast.outsider, incident.number)
    with translation.override("en"):
        said = selectors.timeline(fresh(incident), cast.officer)[-1].sentence
    assert "Not our ground" in said
    told = Delivery.objects.get(template="incident.hand_over_refused")
    assert told.recipient == f"member:{cast.officer.pk}"


def test_a_request_waits_for_its_answer_before_the_next(cast: Cast) -> None:
    incident = reported("hazard")
    beats = cast.ground.beats
    actions.hand_over(incident.pk, to_area_id=beats[3].pk, actor=by(cast.officer))
    with pytest.raises(Conflict):
        actions.hand_over(incident.pk, to_area_id=beats[2].pk, actor=by(cast.officer))


def test_notes_lie_in_the_vault_and_are_read_with_a_purpose_that_is_recorded(cast: Cast) -> None:
    incident = reported()
    actions.note(incident.pk, actor=by(cast.officer), words="门从里面锁着")
    silent = selectors.timeline(fresh(incident), cast.officer)[-1]
    assert silent.text is None
    read = selectors.timeline(fresh(incident), cast.officer, purpose="handle_incident")[-1]
    assert read.text == "门从里面锁着"
    look = AuditEntry.objects.filter(act="vault.reveal").latest("id")
    assert (look.actor, look.purpose) == (f"member:{cast.officer.pk}", "handle_incident")
    with pytest.raises(Forbidden):
        selectors.timeline(fresh(incident), cast.officer, purpose="curiosity")
    with pytest.raises(BadInput):
        actions.note(incident.pk, actor=by(cast.officer), words="  ")


def test_words_and_contact_are_read_by_right(cast: Cast) -> None:
    incident = reported(contact_phone="13800138000")
    read = selectors.words_of(incident, cast.officer, purpose="call_back")
    assert read == {"what": "楼道里有人摔倒了", "contact_phone": "13800138000"}
    with pytest.raises(Forbidden):
        selectors.words_of(incident, cast.grid_worker, purpose="call_back")


def test_a_photo_is_kept_without_its_exif_and_encrypted(cast: Cast, settings: Any) -> None:
    incident = reported("hazard")
    raw = io.BytesIO()
    picture, exif = Image.new("RGB", (40, 30), "red"), Image.Exif()
    exif[0x010E] = "secret place"
    picture.save(raw, "JPEG", exif=exif)
    photo = actions.add_photo(incident.pk, actor=by(cast.grid_worker), data=raw.getvalue())
    assert lines(incident)[-1].payload == {"photo": photo.pk}
    shown = files.open_photo(photo.token, actor=cast.officer, purpose="handle_incident")
    assert b"secret place" not in shown
    assert Image.open(io.BytesIO(shown)).size == (40, 30)
    assert not StoredFile.objects.exists()  # out of sight but for the vault itself
    with pytest.raises(BadInput):
        actions.add_photo(incident.pk, actor=by(cast.officer), data=b"not a picture")


def test_the_reporter_adds_to_his_own_report_only(cast: Cast) -> None:
    mine, other = reported(), reported()
    actions.note(mine.pk, actor=ReporterActor(mine.public_token), words="又摔了一次", public=True)
    assert acts(mine) == ["report", "note"]
    with pytest.raises(NotFound):
        actions.note(other.pk, actor=ReporterActor(mine.public_token), words="x")
    with pytest.raises(NotFound):
        actions.note(mine.pk, actor=ReporterActor(""), words="x")


def test_unhappy_opens_it_again_and_tells_who_closed_it(cast: Cast) -> None:
    incident = closed(cast)
    events: list[incidents.Event] = []
    incidents.on("incident.reopened")(events.append)
    try:
        actions.rate(incident.public_token, satisfied=False, words="没人来过")
    finally:
        incidents.events.off("incident.reopened", events.append)
    again = fresh(incident)
    assert (again.is_open, again.state, again.needs_person) == (True, "reported", True)
    assert acts(incident)[-2:] == ["rate", "reopen"]
    told = Delivery.objects.get(template="incident.reopened")
    assert told.recipient == f"member:{cast.officer.pk}"
    assert events[0].payload["closed_by"] == f"member:{cast.officer.pk}"
    with pytest.raises(Conflict):
        actions.rate(incident.public_token, satisfied=True)


def test_content_once_and_not_again_until_it_is_closed_anew(cast: Cast, held_clock: Any) -> None:
    incident = closed(cast)
    assert selectors.public_status(incident.public_token).can_rate
    actions.rate(incident.public_token, satisfied=True)
    assert fresh(incident).satisfied is True
    with pytest.raises(Conflict):
        actions.rate(incident.public_token, satisfied=False)
    actions.reopen(incident.pk, actor=by(cast.officer))
    actions.close(incident.pk, actor=by(cast.officer), outcome="helped")
    held_clock.advance(31 * 86400)
    with pytest.raises(Conflict):
        actions.rate(incident.public_token, satisfied=False)
    with pytest.raises(NotFound):
        actions.rate("", satisfied=True)


def test_undo_within_ten_seconds_brings_everything_back(cast: Cast, held_clock: Any) -> None:
    incident = reported()
    before = Incident.objects.filter(pk=incident.pk).values().get()
    actions.close(incident.pk, actor=by(cast.officer), outcome="settled", version=1)
    held_clock.advance(9)
    actions.undo(incident.pk, actor=by(cast.officer), version=2)
    after = Incident.objects.filter(pk=incident.pk).values().get()
    assert {**before, "version": 3} == after
    assert acts(incident) == ["report", "close", "undo"]
    open_clocks = Clock.objects.filter(incident=incident, stopped_at=None)
    assert set(open_clocks.values_list("kind", flat=True)) == {"accept", "arrive"}


@pytest.mark.parametrize("act", ["triage", "merge", "hand_over", "reopen"])
def test_undo_takes_back_each_of_the_acts_that_can_be(
    cast: Cast, held_clock: Any, act: str
) -> None:
    incident, other = reported("hazard"), reported("hazard")
    officer = by(cast.officer)
    if act == "reopen":
        actions.close(incident.pk, actor=officer, outcome="mended")
    held_clock.advance(60)
    before = Incident.objects.filter(pk=incident.pk).values().get()
    clocks = list(Clock.objects.filter(incident=incident).values("kind", "due_at", "stopped_at"))
    if act == "triage":
        actions.triage(incident.pk, actor=officer, kind="emergency", urgency=3)
    elif act == "merge":
        actions.merge(incident.pk, into=other.pk, actor=officer)
    elif act == "hand_over":
        actions.hand_over(incident.pk, to_area_id=cast.ground.beats[3].pk, actor=officer)
    else:
        actions.reopen(incident.pk, actor=officer)
    actions.undo(incident.pk, actor=officer)
    after = Incident.objects.filter(pk=incident.pk).values().get()
    assert {**before, "version": before["version"] + 2} == after
    still = Clock.objects.filter(incident=incident).values("kind", "due_at", "stopped_at")
    assert [c for c in still if c["stopped_at"] is None] == [
        c for c in clocks if c["stopped_at"] is None
    ]


def test_undo_is_refused_late_for_others_and_for_what_cannot_be_undone(
    cast: Cast, held_clock: Any
) -> None:
    incident = reported("help")
    actions.triage(incident.pk, actor=by(cast.dispatcher), urgency=3)
    with pytest.raises(Forbidden):
        actions.undo(incident.pk, actor=by(cast.officer))
    held_clock.advance(11)
    with pytest.raises(Conflict) as caught:
        actions.undo(incident.pk, actor=by(cast.dispatcher))
    assert caught.value.code == "undo.late"
    actions.note(incident.pk, actor=by(cast.officer), words="x")
    with pytest.raises(Conflict):
        actions.undo(incident.pk, actor=by(cast.officer))


def test_the_second_who_arrives_adds_a_line_and_changes_nothing(cast: Cast) -> None:
    incident = reported()
    for who in (cast.officer, cast.grid_worker):
        actions.advance(fresh(incident), "accept", actor=by(who), payload={"member": who.pk})
    assert acts(incident) == ["report", "accept", "accept"]
    assert fresh(incident).state == "accepted"


def test_tips_are_out_of_sight_for_grid_workers(cast: Cast) -> None:
    tip = reported("tip")
    assert [row.id for row in selectors.queue(cast.officer)] == [tip.pk]
    assert selectors.queue(cast.grid_worker) == []
    with pytest.raises(NotFound):
        selectors.incident(cast.grid_worker, tip.number)


def test_a_member_follows_what_he_reported_wherever_it_lies(cast: Cast) -> None:
    from tongxin.domain.incidents.tests.making import said

    mine = actions.report(said("hazard", spot=THERE), actor=by(cast.grid_worker)).incident
    assert selectors.incident(cast.grid_worker, mine.number)
    assert [row.id for row in selectors.queue(cast.grid_worker)] == [mine.pk]


def test_closing_and_reopening_by_hand(cast: Cast) -> None:
    incident = closed(cast, spot=HERE)
    actions.reopen(incident.pk, actor=by(cast.officer), version=2, words="又来了")
    again = fresh(incident)
    assert (again.is_open, again.closed_at, again.outcome) == (True, None, "")
    assert Clock.objects.get(incident=incident, kind="accept", stopped_at=None)


def test_a_note_that_comes_twice_under_one_key_stands_once(cast: Cast) -> None:
    incident = reported()
    for words in ("门锁着", "门锁着", "窗开着"):
        key = "a-key-of-the-phone" if words == "门锁着" else "another-key"
        actions.note(incident.pk, actor=by(cast.officer), words=words, key=key)
    lines = selectors.timeline(fresh(incident), cast.officer, purpose="handle_incident")
    assert [line.text for line in lines if line.act == "note"] == ["门锁着", "窗开着"]
