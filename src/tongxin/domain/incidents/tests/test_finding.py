from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongxin.domain.incidents import actions, finding
from tongxin.domain.incidents.models import Incident
from tongxin.domain.incidents.tests.making import THERE, Cast, by, reported


def numbers(cast: Cast, words: str, who: str = "dispatcher", **more: Any) -> list[str]:
    return [row.number for row in finding.find(getattr(cast, who), words, **more)]


def at(place: str, kind: str = "help", **more: Any) -> Incident:
    return reported(kind, place=place, **more)


def test_by_words_of_the_place_open_ones_first_the_newest_first(
    cast: Cast, held_clock: Any
) -> None:
    made = []
    for place in ("新华路菜场", "新华路小学", "新华路菜场", "铁塔寺小区3号楼"):
        made.append(at(place))
        held_clock.advance(1)
    actions.close(made[2].pk, actor=by(cast.officer), outcome="helped")
    first, school, closed, _other = (each.number for each in made)
    assert numbers(cast, "新华") == [school, first, closed]
    assert numbers(cast, "菜场") == [first, closed]
    assert numbers(cast, "新华 菜场") == [first, closed]
    assert numbers(cast, "菜场新华") == []
    assert numbers(cast, "新华", limit=1) == [school]
    assert numbers(cast, "场") == []
    assert numbers(cast, "%") == []


def test_by_number_and_by_what_was_meant(cast: Cast) -> None:
    incident = at("新华路菜场")
    assert numbers(cast, f" {incident.number} ") == [incident.number]
    assert numbers(cast, "xinhua") == []
    assert numbers(cast, "xinhua", also=["新华路菜场"]) == [incident.number]


def test_only_on_ones_ground_and_of_kinds_that_one_may_see(cast: Cast) -> None:
    incident = at("新华路菜场", spot=THERE)
    assert numbers(cast, "新华", "officer") == []
    assert numbers(cast, "新华", "outsider") == [incident.number]
    at("新华路菜场", "tip", spot=THERE)
    assert numbers(cast, "新华", "nobody") == []


def test_the_index_is_used(cast: Cast) -> None:
    at("新华路菜场")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    with CaptureQueriesContext(connection) as asked:
        numbers(cast, "新华")
    said = [query["sql"] for query in asked.captured_queries]
    # that of the closed ones: for the few open ones their own index may be as good
    sql = [each for each in said if "incidents_pairs" in each][-1]
    assert "NOT" in sql
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql.replace("%", "%%"))
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "incident_place_pairs" in plan, plan
