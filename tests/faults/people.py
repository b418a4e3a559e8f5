"""Everybody who uses the site while it is being killed: they try again until they are answered."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
from collections import Counter, defaultdict
from typing import Any
from urllib.parse import urlencode

import httpx

from faults.prepare import PASSWORD

KINDS = ("emergency", "help", "help", "accident")
WEST, SOUTH, SIDE = 114.30, 30.50, 0.01
SQUARES = 8


class Person(threading.Thread):
    """A thread with its own dice; a mistake of its own is kept for the report."""

    def __init__(self, name: str, seed: object, stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.rng = random.Random(str(seed))
        self.asked_to_stop = stop
        self.trouble: list[str] = []

    def run(self) -> None:
        try:
            self.live()
        except Exception as error:
            self.trouble.append(f"{self.name}: {error!r}")

    def live(self) -> None:
        raise NotImplementedError

    def pause(self, least: float, most: float) -> bool:
        """Wait a little; return whether to go on."""
        return not self.asked_to_stop.wait(self.rng.uniform(least, most))


class Api:
    """The interface as a token sees it; ``None`` stands for no answer, or a site in trouble."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        self.client = httpx.Client(base_url=url, headers=headers, timeout=6, limits=limits)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            answer = self.client.request(method, path, **more)
        except httpx.HTTPError:
            return None
        return None if answer.status_code >= 500 else answer


class Reporter(Person):
    """Reports again and again; each report is repeated under its key until it is acknowledged."""

    def __init__(self, name: str, seed: object, stop: threading.Event, api: Api, to: int) -> None:
        super().__init__(name, seed, stop)
        self.api, self.member = api, to
        self.sent: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, str] = {}
        self.tries: Counter[str] = Counter()
        self.give_up = threading.Event()

    def live(self) -> None:
        while self.pause(0.5, 3.5):
            key = f"{self.name}-{self.rng.getrandbits(64):016x}"
            self.sent[key] = self._report(key)
            self._until_acknowledged(key)

    def _report(self, key: str) -> dict[str, Any]:
        return {
            "kind": self.rng.choice(KINDS),
            "lon": round(WEST + SIDE * self.rng.uniform(0.1, SQUARES - 0.1), 6),
            "lat": round(SOUTH + SIDE * self.rng.uniform(0.1, SQUARES - 0.1), 6),
            "what": f"楼下有人需要帮忙 {key}",
            "external_ref": key,
        }

    def _until_acknowledged(self, key: str) -> None:
        while not self.give_up.is_set():
            self.tries[key] += 1
            answer = self.api.ask(
                "POST",
                "/api/v1/reports",
                json=self.sent[key],
                headers={"Idempotency-Key": key},
            )
            if answer is not None and answer.status_code in (200, 201):
                self.acknowledged[key] = answer.json()["number"]
                return
            if answer is not None:
                self.trouble.append(f"{self.name}: {answer.status_code} {answer.text[:200]}")
                return
            self.give_up.wait(0.2)


class Responder(Person):
    """Members on duty, one after another: they see their alerts and do what they are asked.

    ``shown`` counts how often each alert was to be shown (in two tabs each), ``unsure`` those
    whose answer was lost.
    """

    def __init__(
        self, name: str, seed: object, stop: threading.Event, apis: dict[int, Api]
    ) -> None:
        super().__init__(name, seed, stop)
        self.apis = apis
        self.shown: Counter[int] = Counter()
        self.unsure: Counter[int] = Counter()
        self.did: Counter[str] = Counter()

    def live(self) -> None:
        while self.pause(0.05, 0.2):
            for api in self.apis.values():
                self._see_alerts(api)
                self._do_tasks(api)
                if self.asked_to_stop.is_set():
                    return

    def _see_alerts(self, api: Api) -> None:
        answer = api.ask("GET", "/api/v1/alerts")
        for alert in answer.json() if answer is not None else ():
            for _tab in range(2):
                self._show(api, alert["id"])

    def _show(self, api: Api, alert: int) -> None:
        answer = api.ask("POST", f"/api/v1/alerts/{alert}/shown")
        if answer is None:
            self.unsure[alert] += 1
        elif answer.json().get("first"):
            self.shown[alert] += 1

    def _do_tasks(self, api: Api) -> None:
        answer = api.ask("GET", "/api/v1/assignments")
        for task in answer.json() if answer is not None else ():
            if self.rng.random() < 0.8:  # the others are in no hurry
                self._do(api, task)

    def _do(self, api: Api, task: dict[str, Any]) -> None:
        if task["state"] == "arrived" and self.rng.random() < 0.7:
            path = f"/api/v1/incidents/{task['number']}/close"
            answer = api.ask("POST", path, json={"outcome": "settled", "answer": "已处置"})
        else:
            act = {"asked": "accept", "accepted": "depart", "departed": "arrive"}
            step = act.get(task["state"], "done")
            path = f"/api/v1/assignments/{task['assignment']}/{step}"
            answer = api.ask("POST", path, json={"version": task["version"]})
        if answer is not None:
            self.did[f"{path.rsplit('/', 1)[1]} {answer.status_code}"] += 1


class Console(Person):
    """An open console: one stream, with catch-up, a new ticket whenever it was cut off."""

    def __init__(
        self, name: str, seed: object, stop: threading.Event, site: tuple[str, int], api: Api
    ) -> None:
        super().__init__(name, seed, stop)
        self.url, self.port = site
        self.api = api
        self.session = httpx.Client(base_url=self.url, timeout=6)
        self.seen: set[int] = set()
        self.versions: defaultdict[int, int] = defaultdict(int)
        self.last = ""
        self.opened = self.reloads = 0

    def live(self) -> None:
        while not self.asked_to_stop.is_set():
            try:
                self._listen(self._ticket())
            except (httpx.HTTPError, OSError, http.client.HTTPException, ValueError):
                self.asked_to_stop.wait(self.rng.uniform(0.1, 0.5))

    def _ticket(self) -> str:
        if "sessionid" not in self.session.cookies:
            self._log_in()
        answer = self.session.post("/live/ticket/", headers=self._guard())
        if answer.status_code in (302, 401, 403):  # the log-in has ended: as a person would
            self.session.cookies.clear()
        answer.raise_for_status()
        ticket: str = answer.json()["ticket"]
        return ticket

    def _log_in(self) -> None:
        page = self.session.get("/accounts/login/").raise_for_status()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, "the log-in page has no form"
        said = {"login": "dispatcher", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        self.session.post("/accounts/login/", data=said, headers=self._guard())

    def _guard(self) -> dict[str, str]:
        return {"X-CSRFToken": self.session.cookies.get("csrftoken") or "", "Referer": self.url}

    def _listen(self, ticket: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            last = {"Last-Event-ID": self.last} if self.last else {}
            connection.request("GET", f"/live/?{urlencode({'ticket': ticket})}", headers=last)
            stream = connection.getresponse()
            if stream.status != 200:
                raise OSError(f"the stream answers {stream.status}")
            self.opened += 1
            self._read(stream)
        finally:
            connection.close()

    def _read(self, stream: http.client.HTTPResponse) -> None:
        event, data, read = "", "", ""
        while not self.asked_to_stop.is_set():
            raw = stream.readline()
            if not raw:
                return  # cut off
            line = raw.decode().rstrip("\n")
            name, _colon, value = line.partition(":")
            if line == "":
                if event == "reload":
                    self._load_afresh()
                elif event == "bye":
                    return
                elif data:
                    self._take(json.loads(data))
                self.last = read or self.last
                event = data = ""
            elif name == "event":
                event = value.strip()
            elif name == "data":
                data = value.strip()
            elif name == "id":
                read = value.strip()

    def _take(self, change: dict[str, Any]) -> None:
        kind, _colon, number = change["ref"].partition(":")
        if kind == "incident":
            self.seen.add(int(number))
            self.versions[int(number)] = max(self.versions[int(number)], change["version"])

    def _load_afresh(self) -> None:
        """Read the lists again, the open and the closed, until the site answers."""
        self.reloads += 1
        for is_open in ("true", "false"):
            cursor: str | None = ""
            while cursor is not None and not self.asked_to_stop.is_set():
                wanted = {"is_open": is_open, "limit": "200", "cursor": cursor}
                answer = self.api.ask("GET", "/api/v1/incidents", params=wanted)
                if answer is None:
                    self.asked_to_stop.wait(0.2)
                    continue
                page = answer.json()
                for row in page["items"]:
                    self._take({"ref": f"incident:{row['id']}", "version": row["version"]})
                cursor = page["next"]
