"""A telephone and SMS gateway for tests: speaks the real protocol over HTTP on 127.0.0.1.

How a number behaves is in its last digit: …1 answers, …2 is busy, …3 does not answer, …4 gives 429
once, …5 hangs until the time is out, …6 breaks (500), …7 refuses the number (422), others answer.
Texts go out for all but …4 (429 once), …5, …6 and …7. Requests without our signature get 403.

    python -m tongxin.plumbing.channels.tests.standin PORT SECRET
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tongxin.kernel import clock
from tongxin.kernel.errors import Forbidden
from tongxin.plumbing.channels import signing

ENDS = {"1": "answered", "2": "busy", "3": "no_answer"}


@dataclass
class StandIn:
    """What the gateway has seen: ``calls`` and ``texts`` by our reference, each once."""

    secret: str
    rings: int = 1  # so many times "ringing" before the end of a call is told
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    transfers: list[dict[str, Any]] = field(default_factory=list)
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    throttled: set[str] = field(default_factory=set)
    hang: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and body for one request."""
        self.requests.append(f"{method} {path}")
        number = str(body.get("to", body.get("second", "")))
        if trouble := self._trouble(number, str(body.get("ref", ""))):
            return trouble
        parts = path.strip("/").split("/")
        if (method, parts) == ("POST", ["calls"]):
            call = self.calls.setdefault(
                body["ref"], {**body, "call": f"c{len(self.calls)}", "asked": 0}
            )
            return 202, self._state(call)
        if (method, parts) == ("POST", ["connections"]):
            self.connections.setdefault(body["ref"], body)
            return 202, {"call": f"k{len(self.connections)}", "state": "ringing"}
        if (method, parts) == ("POST", ["messages"]):
            self.texts.setdefault(body["ref"], body)
            return 202, {"message": f"m{len(self.texts)}"}
        return self._of_call(method, parts, body)

    def _of_call(
        self, method: str, parts: list[str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        known = [call for call in self.calls.values() if call["call"] == parts[1]]
        if method == "GET" and known:
            known[0]["asked"] += 1
            return 200, self._state(known[0])
        if method == "POST" and parts[2:] == ["transfer"]:
            self.transfers.append({"call": parts[1], **body})
            return 202, {"call": parts[1], "state": "ringing"}
        return 404, {"error": "unknown"}

    def _state(self, call: dict[str, Any]) -> dict[str, Any]:
        ended = call["asked"] >= self.rings
        end = ENDS.get(call["to"][-1], "answered")
        return {"call": call["call"], "state": end if ended else "ringing"}

    def _trouble(self, number: str, ref: str) -> tuple[int, dict[str, Any]] | None:
        last = number[-1:]
        if last == "4" and ref not in self.throttled:
            self.throttled.add(ref)
            return 429, {"error": "too many"}
        if last == "5":
            self.hang.wait(30)
        return {"6": (500, {"error": "broken"}), "7": (422, {"error": "no such number"})}.get(last)


def handler_of(standin: StandIn) -> type[BaseHTTPRequestHandler]:
    """Return the request handler for a stand-in."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                now = clock.now().timestamp()
                signing.check(standin.secret, dict(self.headers.items()), raw, now)
                status, said = standin.answer(self.command, self.path, json.loads(raw or b"{}"))
            except Forbidden:
                status, said = 403, {"error": "signature"}
            out = json.dumps(said).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "3")
            self.send_header("Content-Length", str(len(out)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(out)
            self.close_connection = True

        do_GET = do_POST = _serve

        def log_message(self, *_args: Any) -> None:
            return

    return Handler


@contextmanager
def running(secret: str, port: int = 0) -> Iterator[StandIn]:
    """Run a stand-in on 127.0.0.1 for the length of the block."""
    standin = StandIn(secret)
    server = ThreadingHTTPServer(("127.0.0.1", port), handler_of(standin))
    server.daemon_threads = True
    standin.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield standin
    finally:
        standin.hang.set()
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    with running(sys.argv[2], int(sys.argv[1])) as one:
        print(one.url, flush=True)
        threading.Event().wait()
