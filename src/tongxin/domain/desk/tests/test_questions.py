"""Asking, answering once for all who asked alike, publishing, reviewing; who sees and may what."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tongxin.domain.desk import actions, finding, importing, indexing, reviewing, selectors
from tongxin.domain.desk.actions import Asked, Draft, Given
from tongxin.domain.desk.models import Answer, Passage, Posting, Question, Term
from tongxin.domain.desk.reading import read_law
from tongxin.domain.desk.tests.test_finding_parts import LAW
from tongxin.domain.incidents import actions as incidents
from tongxin.domain.incidents import selectors as incident_selectors
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.tests.making import HERE, THERE, by, reported
from tongxin.foundation.access.scope import ReporterActor, acting_as
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from tongxin.plumbing.channels.models import Delivery
from tongxin.plumbing.vault import actions as vault

DOGS = "城里一户能养几只狗？"
DAY = 86_400


def asked(words: str = DOGS, **more: Any) -> Incident:
    given = {"spot": HERE} | more
    return actions.ask(Asked(words, **given), actor=ReporterActor()).incident


def draft(**more: Any) -> Draft:
    said = {
        "question": "城里一家可以养几只狗",
        "text": "重点管理区每户限养一只。",
        "rule": "所里的规定",
        "reviewed": True,
    }
    return Draft(**{**said, **more})


def published(cast: Any, **more: Any) -> Answer:
    return actions.publish(draft(**more), actor=by(cast.officer), owner_id=cast.officer.pk)


def words_kept(incident: Incident) -> str:
    assert incident.report_ref is not None
    kept = vault.reveal_subject(incident.report_ref, actor="test", purpose="handle_incident")
    return kept["what"]


def test_a_question_is_an_enquiry_and_its_words_lie_in_the_vault_only(cast: Any) -> None:
    incident = asked("我叫单雄信，身份证11010519491231002X丢了怎么补")
    assert incident.kind == "enquiry"
    assert words_kept(incident) == "我叫单雄信，身份证［号码已隐去］丢了怎么补"
    with acting_as("test"):
        row = Question.objects.get(incident_id=incident.pk)
    assert row.digests
    assert row.is_open
    assert "单雄信" not in repr(row.__dict__)


@pytest.mark.parametrize("words", ["", "   ", "问" * 1_001])
def test_an_empty_or_endless_question_is_refused(cast: Any, words: str) -> None:
    with pytest.raises(BadInput):
        asked(words)


def test_the_same_key_asks_once(cast: Any) -> None:
    one = [
        actions.ask(Asked(DOGS, HERE), actor=ReporterActor(), key="same-key-1").incident.pk
        for _time in range(2)
    ]
    assert one[0] == one[1]
    with acting_as("test"):
        assert Question.objects.count() == 1


def test_what_waits_shows_on_its_own_ground_with_how_many_ask_alike(cast: Any) -> None:
    first = asked()
    asked("想问下城里一户人家能养几只狗呀")
    asked("护照丢了怎么办")
    asked(spot=THERE)
    rows = selectors.waiting(cast.officer)
    assert [row.alike for row in rows if row.incident_id == first.pk] == [1]
    assert len(rows) == 3
    assert selectors.waiting(cast.nobody) == []
    assert len(selectors.waiting(cast.chief)) == 4


def test_answered_once_and_shown_to_all_who_asked_alike(cast: Any) -> None:
    first, second = asked(), asked("城里头一家子能喂几条狗？狗 几只 养")
    far = asked(spot=THERE)
    opened = selectors.opened(cast.officer, first.number)
    assert opened.words["what"] == DOGS
    assert opened.may_answer
    given = Given(draft=draft(), alike=[second.pk, far.pk])
    done = actions.answer(first.pk, given, actor=by(cast.officer))
    assert (done.answered, done.left) == ([first.pk, second.pk], [far.pk])
    for incident in (first, second):
        status = incident_selectors.public_status(incident.public_token)
        assert status.closed_at
        assert "重点管理区每户限养一只" in repr(status.steps)
        assert "所里的规定" in repr(status.steps)
        answer = selectors.told_by(incident.public_token)
        assert answer is not None
        assert answer.text == "重点管理区每户限养一只。"
    assert selectors.told_by(far.public_token) is None
    assert finding.find("一家能养几只狗")[0].answer_id == done.answer.pk  # type: ignore[union-attr]


def test_a_published_answer_is_used_again_and_one_under_review_is_not(
    cast: Any, held_clock: Any
) -> None:
    known = published(cast, review_by=dt.date(2026, 7, 1))
    again = asked()
    actions.answer(again.pk, Given(answer_id=known.pk), actor=by(cast.grid_worker))
    assert selectors.told_by(again.public_token) == known
    held_clock.advance(40 * DAY)
    later = asked()
    found = finding.find(DOGS)
    assert [each.due for each in found] == [True]
    with pytest.raises(Conflict) as raised:
        actions.answer(later.pk, Given(answer_id=known.pk), actor=by(cast.officer))
    assert raised.value.code == "desk.under_review"
    actions.confirm(known.pk, actor=by(cast.officer))
    assert not finding.find(DOGS)[0].due


def test_an_answer_for_one_person_is_not_published(cast: Any) -> None:
    incident = asked()
    actions.answer(incident.pk, Given(text="您明天来所里，我给您看。"), actor=by(cast.grid_worker))
    assert finding.find(DOGS) == []
    assert Answer.objects.count() == 0
    assert selectors.told_by(incident.public_token) is None
    assert not selectors.waiting(cast.officer)


def test_who_may_not_publish_or_answer(cast: Any) -> None:
    incident = asked()
    for who in (cast.grid_worker, cast.volunteer, cast.nobody):
        with pytest.raises(Forbidden):
            actions.publish(draft(), actor=by(who), owner_id=who.pk)
    with pytest.raises(Forbidden):
        actions.answer(incident.pk, Given(draft=draft()), actor=by(cast.grid_worker))
    for who in (cast.outsider, cast.nobody, cast.volunteer):
        with pytest.raises(NotFound):
            actions.answer(incident.pk, Given(text="好"), actor=by(who))
    with acting_as(cast.outsider):
        assert Question.objects.count() == 0
    with pytest.raises(NotFound):
        selectors.opened(cast.outsider, incident.number)


def test_of_two_who_answer_at_once_the_second_hears_of_it(cast: Any) -> None:
    incident = asked()
    actions.answer(incident.pk, Given(text="一"), actor=by(cast.officer), version=1)
    with pytest.raises(Conflict):
        actions.answer(incident.pk, Given(text="二"), actor=by(cast.chief), version=1)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"text": " "}, "text"),
        ({"question": ""}, "question"),
        ({"question": "问" * 201}, "question"),
        ({"rule": ""}, "rule"),
        ({"law": "没有的法", "article": 1}, "article"),
        ({"reviewed": False}, "reviewed"),
        ({"text": "张某 11010519491231002X 已办"}, "text"),
        ({"review_by": dt.date(2020, 1, 1)}, "review_by"),
        ({"review_by": dt.date(2099, 1, 1)}, "review_by"),
        ({"text": "a\x00b"}, "text"),
    ],
)
def test_an_answer_that_lacks_something_is_refused(
    cast: Any, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as raised:
        published(cast, **more)
    assert raised.value.field == field
    assert Answer.objects.count() == 0


def test_an_answer_rests_on_an_article(cast: Any) -> None:
    indexing.put_law(read_law(LAW))
    made = published(cast, law="某某法", article=103, rule="")
    assert made.rule == "《某某法》第103条"
    indexing.put_law(read_law(LAW))  # a new version of the law leaves the answer as it is
    made.refresh_from_db()
    assert made.law is not None
    assert Passage.objects.filter(law__name="某某法").count() == 3


def test_the_counts_stay_right_whatever_is_written_and_taken_back(cast: Any) -> None:
    indexing.put_law(read_law(LAW))
    made = published(cast)
    actions.revise(made.pk, draft(text="每户两只。"), actor=by(cast.officer))
    indexing.put_law(read_law(LAW))
    actions.retire(made.pk, actor=by(cast.officer))
    counted = {row.term: row.passages for row in Term.objects.exclude(term="")}
    real: dict[str, int] = {}
    for term in Posting.objects.values_list("term", flat=True):
        real[term] = real.get(term, 0) + 1
    assert counted == real
    assert Term.objects.get(term="").passages == Passage.objects.count() == 3


def test_revised_confirmed_and_taken_back(cast: Any) -> None:
    made = published(cast)
    actions.revise(made.pk, draft(text="每户两只。"), actor=by(cast.chief), version=1)
    with pytest.raises(Conflict):
        actions.revise(made.pk, draft(), actor=by(cast.officer), version=1)
    assert finding.find(DOGS)[0].text == "每户两只。"
    actions.retire(made.pk, actor=by(cast.officer))
    assert finding.find(DOGS) == []
    with pytest.raises(Conflict):
        actions.confirm(made.pk, actor=by(cast.officer))
    with pytest.raises(Forbidden):
        actions.retire(published(cast).pk, actor=by(cast.grid_worker))


def test_the_owner_is_reminded_once_and_told_once(cast: Any, held_clock: Any) -> None:
    made = published(cast, review_by=dt.date(2026, 7, 1))
    reviewing.tick()
    assert not Delivery.objects.filter(subject=f"answer:{made.pk}").exists()
    told = []
    for days in (5, 1, 15, 1):
        held_clock.advance(days * DAY)
        reviewing.tick()
        rows = Delivery.objects.filter(subject=f"answer:{made.pk}", channel="page")
        told.append(sorted(rows.values_list("template", flat=True)))
    assert told[-1] == ["desk.review_due", "desk.review_soon"]
    recipients = set(Delivery.objects.values_list("recipient", flat=True))
    assert recipients == {f"member:{cast.officer.pk}"}
    actions.confirm(made.pk, actor=by(cast.officer))
    made.refresh_from_db()
    assert made.expired_at is None


def test_an_enquiry_from_elsewhere_is_a_question_too_and_follows_its_incident(cast: Any) -> None:
    incident = reported("enquiry", what=DOGS)
    assert [row.number for row in selectors.waiting(cast.officer)] == [incident.number]
    actions.answer(incident.pk, Given(text="一只"), actor=by(cast.officer))
    assert not selectors.waiting(cast.officer)
    incidents.rate(incident.public_token, satisfied=False)
    assert [row.number for row in selectors.waiting(cast.officer)] == [incident.number]
    assert selectors.told_by(incident.public_token) is None
    incidents.triage(incident.pk, actor=by(cast.officer), kind="help")
    assert not selectors.waiting(cast.officer)
    with acting_as("test"):
        assert not Question.objects.exists()
    other = reported("help")
    incidents.triage(other.pk, actor=by(cast.officer), kind="enquiry")
    assert [row.number for row in selectors.waiting(cast.officer)] == [other.number]


def test_guides_are_taken_over_all_or_none_and_revised_the_second_time(
    cast: Any, tmp_path: Path
) -> None:
    indexing.put_law(read_law(LAW))
    good = tmp_path / "guides.md"
    good.write_text(
        "# 指南\n\n## 城里能养几只狗\n依据：《某某法》第一百零三条\n"
        "复核：2027-01-01\n\n一户一只。\n\n"
        "## 怎么办狗证\n依据：派出所规定\n\n带狗来。\n",
        "utf-8",
    )
    planned = importing.plan(good)
    assert ([row.line for row in planned.rows], planned.bad) == ([3, 9], [])
    assert Answer.objects.count() == 0
    owner = {"actor": by(cast.officer), "owner_id": cast.officer.pk}
    assert importing.apply(planned, **owner) == importing.Done(2, 0)
    assert importing.apply(importing.plan(good), **owner) == importing.Done(0, 2)
    assert finding.find(DOGS)[0].source == "《某某法》第103条"
    assert finding.find(DOGS)[0].is_guide


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "question,text\n问,答\n"),
        ("a.txt", "x"),
        ("a.csv", b"\xff\xfe\x00"),
    ],
)
def test_a_file_that_holds_no_guides_is_refused(tmp_path: Path, name: str, text: Any) -> None:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInput):
        importing.plan(path)


def test_bad_guides_are_named_by_line(db: None, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "question,text,rule,review_by\n问,答,规定,\n问二,,规定,\n问三,答,规定,明天\n", "utf-8"
    )
    planned = importing.plan(path)
    assert ([row.line for row in planned.rows], [bad.line for bad in planned.bad]) == ([2], [3, 4])


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00", "'; DROP TABLE desk_answer; --", "%%%", "吗" * 5_000, "{{ 7*7 }}", "🐕"],
)
def test_whatever_is_typed_is_looked_for_without_harm(cast: Any, text: str) -> None:
    published(cast)
    assert len(finding.find(text)) <= 1


@pytest.mark.data
def test_the_right_article_is_among_the_first_three(db: None, shared_laws: Path) -> None:
    import csv

    importing.put_laws(shared_laws)
    table = Path(__file__).parents[5] / "benchmarks" / "answers_questions.csv"
    rows = list(csv.DictReader(table.open(encoding="utf-8")))
    held = [row for row in rows if int(row["number"]) <= 364 and int(row["number"]) % 2 == 0]
    hits = 0
    for row in held:
        first = {f"{each.law}#{each.number}" for each in finding.find(row["question"], most=3)}
        hits += bool(first & {row["article"], *row["also"].split()})
    assert hits / len(held) >= 0.9
