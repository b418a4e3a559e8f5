from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tongxin.plumbing.live.streams import MOST_WAITING, Hub, Notice, Stream
from tongxin.plumbing.live.tickets import Ticket


class Taken:
    """What Granian returns when it has taken a message at once."""

    def __await__(self) -> Taken:
        return self

    def __next__(self) -> None:
        raise StopIteration


def open_stream(
    hub: Hub, *topics: str, member_id: int = 1, session: str = "", send: Any = None
) -> Stream:
    stream = Stream(Ticket(member_id, topics, 0.0, 1, session), send or (lambda _message: Taken()))
    hub.join(stream)
    return stream


def test_a_stream_hears_its_topics_and_no_others() -> None:
    hub = Hub()
    mine, other = open_stream(hub, "area:5", "member:1"), open_stream(hub, "area:6")
    assert hub.tell(Notice.parse("90 3 branch incident:44 4,5")) == 1
    assert b'{"topic":"branch","ref":"incident:44","version":3}' in mine.waiting[0]
    assert not other.waiting


def test_a_change_in_two_of_ones_areas_is_heard_once() -> None:
    hub = Hub()
    stream = open_stream(hub, "area:4", "area:5", "branch")
    hub.tell(Notice.parse("90 3 branch incident:44 4,5"))
    assert len(stream.waiting) == 1


def test_the_event_id_never_goes_back() -> None:
    hub = Hub()
    stream = open_stream(hub, "branch")
    for xmin in (90, 80, 95):
        hub.tell(Notice(xmin, 1, "branch", "incident:1"))
    ids = [chunk.split(b"\n")[0] for chunk in stream.waiting]
    assert ids == [b"id: 90.0", b"id: 90.0", b"id: 95.0"]


def test_the_same_bytes_go_to_all() -> None:
    hub = Hub()
    streams = [open_stream(hub, "branch") for _ in range(3)]
    hub.tell(Notice(1, 1, "branch", "incident:1"))
    assert len({id(stream.waiting[0]) for stream in streams}) == 1


def test_one_that_is_behind_is_closed_and_the_others_are_not() -> None:
    async def story() -> None:
        hub, room, heard = Hub(), asyncio.Event(), list[bytes]()

        async def held_up(_message: Any) -> None:
            await room.wait()

        def at_once(message: Any) -> Taken:
            heard.append(message["body"])
            return Taken()

        slow, quick = (
            open_stream(hub, "branch", send=held_up),
            open_stream(hub, "branch", send=at_once),
        )
        flows = [asyncio.create_task(stream.flow()) for stream in (slow, quick)]
        await asyncio.sleep(0)
        for number in range(MOST_WAITING + 2):
            hub.tell(Notice(number, 1, "branch", "incident:1"))
        assert slow.closing == "behind"
        assert not slow.waiting
        assert len(heard) == MOST_WAITING + 2
        room.set()
        assert await flows[0] == "behind"
        quick.close("renew")
        assert await flows[1] == "renew"

    asyncio.run(story())


def test_what_waits_goes_out_in_one_piece_and_in_order() -> None:
    async def story() -> None:
        hub, heard = Hub(), list[bytes]()

        async def slowly(message: Any) -> None:
            await asyncio.sleep(0)
            heard.append(message["body"])

        stream = open_stream(hub, "branch", send=slowly)
        flow = asyncio.create_task(stream.flow())
        await asyncio.sleep(0)
        for number in range(4):
            hub.tell(Notice(number, number, "branch", "incident:1"))
        hub.beat()
        while len(heard) < 2:
            await asyncio.sleep(0)
        assert len(heard) == 2  # the first went straight out, the others together
        assert [part.count(b"data:") for part in heard] == [1, 3]
        assert b"".join(heard).index(b'"version":1') < b"".join(heard).index(b": alive")
        stream.close("renew")
        assert await flow == "renew"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("who", "closed"), [("member:7", [1, 2]), ("7", [1, 2]), ("session:a", [1]), ("member:8", [])]
)
def test_a_revocation_closes_those_streams_only(who: str, closed: list[int]) -> None:
    hub = Hub()
    streams = [
        open_stream(hub, "branch", member_id=1, session="z"),
        open_stream(hub, "branch", member_id=7, session="a"),
        open_stream(hub, "branch", member_id=7, session="b"),
    ]
    hub.close_those_of(who)
    assert [n for n, stream in enumerate(streams) if stream.closing == "revoked"] == closed


def test_a_stream_that_left_costs_nothing() -> None:
    hub = Hub()
    stream = open_stream(hub, "branch", "area:1")
    hub.leave(stream)
    assert hub.tell(Notice(1, 1, "branch", "incident:1", (1,))) == 0
