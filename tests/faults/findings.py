"""What must hold once everything has settled, asked of the database; each finding is a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from faults.people import Console, Reporter, Responder
from faults.served import Served
from tongxin.plumbing.channels.tests.standin import StandIn

SHOWN = 10  # so many examples of one kind are told
STREAM_SECONDS = 5.0  # a change is on every console long before this


@dataclass
class Everybody:
    """All who used the site, and the gateway that messages went to."""

    reporters: list[Reporter]
    responders: list[Responder]
    consoles: list[Console]
    gateway: StandIn


def missing(site: Served, everybody: Everybody) -> list[str]:
    """Return everything that is not as it must be; an empty list when all is well."""
    checks: tuple[Callable[[Served, Everybody], Iterator[str]], ...] = (
        _own_trouble,
        _reports_once,
        _jobs_done,
        _plans,
        _alerts_sent,
        _alerts_shown,
        _clocks_fired,
        _nothing_fired_twice,
        _timelines,
        _streams,
    )
    found: list[str] = []
    for check in checks:
        said = list(check(site, everybody))
        found += said[:SHOWN]
        if len(said) > SHOWN:
            found.append(f"… and {len(said) - SHOWN} more like this")
    return found


def _own_trouble(_site: Served, everybody: Everybody) -> Iterator[str]:
    for person in (*everybody.reporters, *everybody.responders, *everybody.consoles):
        yield from person.trouble


def _reports_once(site: Served, everybody: Everybody) -> Iterator[str]:
    """Every acknowledged report, at whichever try, is one incident, the one that was told."""
    rows = site.rows("SELECT external_ref, number FROM incidents_incident")
    kept: dict[str, list[str]] = {}
    for key, number in rows:
        kept.setdefault(key, []).append(number)
    asked = set()
    for reporter in everybody.reporters:
        asked |= reporter.sent.keys()
        for key in reporter.sent:
            told = reporter.acknowledged.get(key)
            if told is None:
                yield f"report {key} was never acknowledged in {reporter.tries[key]} tries"
            elif kept.get(key) != [told]:
                yield f"report {key} was acknowledged as {told}, but there is {kept.get(key)}"
    for key in kept.keys() - asked:
        yield f"incident {kept[key]} was reported by nobody ({key!r})"
    for scope, key, count in site.rows(
        "SELECT scope, key, count(*) FROM incidents_intakekey GROUP BY 1, 2 HAVING count(*) > 1"
    ):
        yield f"key {key} of {scope} stands {count} times"


def _jobs_done(site: Served, _everybody: Everybody) -> Iterator[str]:
    for job in site.rows("SELECT id, task_name, status, attempts FROM procrastinate_jobs"):
        yield f"job {job} is not done"


def _plans(site: Served, _everybody: Everybody) -> Iterator[str]:
    """All kinds reported here call somebody, so each incident has a plan and a line about it."""
    for (number,) in site.rows(
        "SELECT number FROM incidents_incident i WHERE NOT EXISTS"
        " (SELECT FROM dispatch_responseplan p WHERE p.incident_id = i.id)"
    ):
        yield f"incident {number} has no plan"
    for number, plan in site.rows(
        "SELECT i.number, p.number FROM dispatch_responseplan p"
        " JOIN incidents_incident i ON i.id = p.incident_id WHERE NOT EXISTS"
        " (SELECT FROM incidents_timelineentry t WHERE t.incident_id = i.id"
        "  AND t.act = 'plan' AND (t.payload->>'plan')::int = p.number)"
    ):
        yield f"plan {plan} of incident {number} has no line"
    for member, count in site.rows(
        "SELECT member_id, count(*) FROM dispatch_assignment WHERE role = 'first'"
        " AND state IN ('asked', 'accepted', 'departed', 'arrived')"
        " GROUP BY 1 HAVING count(*) > 1"
    ):
        yield f"member {member} is first on scene {count} times at once"


def _alerts_sent(site: Served, everybody: Everybody) -> Iterator[str]:
    """Each asked member has one alert on the page and one text, and the gateway has got it."""
    for assignment, pages, texts in site.rows(
        "SELECT a.id, count(d.id) FILTER (WHERE d.channel = 'page'),"
        " count(d.id) FILTER (WHERE d.channel = 'sms') FROM dispatch_assignment a"
        " LEFT JOIN channels_delivery d ON d.once_key IN"
        " ('ask:' || a.id || ':page', 'ask:' || a.id || ':sms')"
        " GROUP BY 1 HAVING count(d.id) <> 2"
    ):
        yield f"assignment {assignment} has {pages} page alerts and {texts} texts"
    for key, state, result in site.rows(
        "SELECT once_key, state, result FROM channels_delivery"
        " WHERE channel = 'sms' AND state NOT IN ('sent', 'recalled')"
    ):
        yield f"text {key} is {state} ({result})"
    for (key,) in site.rows(
        "SELECT once_key FROM channels_delivery WHERE channel = 'sms' AND state = 'sent'"
    ):
        if key not in everybody.gateway.texts:
            yield f"text {key} is said to be sent, but never came to the gateway"


def _alerts_shown(site: Served, everybody: Everybody) -> Iterator[str]:
    """Who looks at the alerts has been shown each once, whatever was killed meanwhile."""
    rows = site.rows("SELECT id, recipient, state FROM channels_delivery WHERE channel = 'page'")
    for responder in everybody.responders:
        mine = {f"member:{member}" for member in responder.apis}
        for alert, recipient, state in rows:
            times, unsure = responder.shown[alert], responder.unsure[alert]
            if recipient not in mine:
                continue
            if state not in ("shown", "recalled"):
                yield f"alert {alert} of {recipient} was not shown: it is {state}"
            elif times > 1:
                yield f"alert {alert} of {recipient} was to be shown {times} times"
            elif state == "shown" and times == 0 and not unsure:
                yield f"alert {alert} of {recipient} counts as shown, but no page was told so"


def _clocks_fired(site: Served, _everybody: Everybody) -> Iterator[str]:
    for clock in site.rows(
        "SELECT c.id, i.number, c.kind, c.ref, c.due_at FROM incidents_clock c"
        " JOIN incidents_incident i ON i.id = c.incident_id"
        " WHERE c.fired_at IS NULL AND c.stopped_at IS NULL"
        " AND c.due_at < now() - interval '2 seconds'"
    ):
        yield f"clock {clock} is due and has not fired"
    for clock in site.rows(
        "SELECT c.id, i.number, c.kind, c.due_at FROM incidents_clock c"
        " JOIN incidents_incident i ON i.id = c.incident_id"
        " WHERE c.fired_at IS NOT NULL AND c.stopped_at IS NULL AND c.ref = ''"
        " AND c.kind <> 'escalate' AND NOT EXISTS"
        " (SELECT FROM incidents_timelineentry t WHERE t.incident_id = i.id"
        "  AND t.act = 'promise_broken' AND t.payload->>'clock' = c.kind)"
    ):
        yield f"clock {clock} fired without a line"
    for assignment in site.rows(
        "SELECT c.ref, i.number FROM incidents_clock c"
        " JOIN incidents_incident i ON i.id = c.incident_id"
        " JOIN dispatch_assignment a ON 'assignment:' || a.id = c.ref"
        " WHERE c.kind = 'ask' AND c.fired_at IS NOT NULL AND a.state = 'asked'"
    ):
        yield f"{assignment} did not lapse although its clock fired"


def _nothing_fired_twice(site: Served, _everybody: Everybody) -> Iterator[str]:
    once = {
        "promise_broken": "payload->>'clock' || ' of ' || (payload->>'due')",
        "lapse": "payload->>'assignment'",
        "escalate": "payload->>'level'",
    }
    for act, part in once.items():
        for number, what, count in site.rows(
            f"SELECT i.number, {part}, count(*) FROM incidents_timelineentry t"
            " JOIN incidents_incident i ON i.id = t.incident_id"
            f" WHERE t.act = '{act}' GROUP BY 1, 2 HAVING count(*) > 1"
        ):
            yield f"incident {number}: {act} {what} stands {count} times"


def _timelines(site: Served, _everybody: Everybody) -> Iterator[str]:
    for number, version, count, least, most in site.rows(
        "SELECT i.number, i.version, count(DISTINCT t.seq), min(t.seq), max(t.seq)"
        " FROM incidents_incident i LEFT JOIN incidents_timelineentry t ON t.incident_id = i.id"
        " GROUP BY i.id HAVING count(*) <> i.version OR count(DISTINCT t.seq) <> i.version"
        " OR min(t.seq) <> 1 OR max(t.seq) <> i.version"
    ):
        yield f"incident {number} is at {version}, its lines are {count}: {least} to {most}"


def _streams(site: Served, everybody: Everybody) -> Iterator[str]:
    """What was true a moment ago is on every console by now, at its version or a newer one."""
    then = dict(site.rows("SELECT id, version FROM incidents_incident"))

    def unseen(console: Console) -> list[int]:
        return [i for i, version in then.items() if console.versions[i] < version]

    site.wait_until(lambda: not any(unseen(each) for each in everybody.consoles), STREAM_SECONDS)
    for console in everybody.consoles:
        never = sorted(then.keys() - console.seen)
        if never:
            yield f"{console.name} has not seen {len(never)} incidents: {never[:5]}"
        elif behind := unseen(console):
            yield f"{console.name} is behind with {len(behind)} incidents: {behind[:5]}"
