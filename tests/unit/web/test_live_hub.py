"""How often an open page is read again: counted on the hub itself, with the reading held by the test."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import reflex as rx

from app.kit.actor import Actor
from app.kit.hints import Hint
from app.web.live import COALESCE_S, PARALLEL, Hub, cookie_in

GROUP, OTHER = uuid4(), uuid4()


class Reader:
    """Stands where Reflex runs events: each read lasts until the test ends it."""

    def __init__(self) -> None:
        self.read: list[dict[str, Any]] = []
        self.open: list[asyncio.Future[None]] = []

    async def enqueue(self, _token: str, event: Any) -> asyncio.Future[None]:
        self.read.append(event.router_data)
        done = asyncio.get_running_loop().create_future()
        self.open.append(done)
        return done

    def end_all(self) -> None:
        for one in self.open:
            if not one.done():
                one.set_result(None)


def hub_of(reader: Reader, pages: int, group_id: UUID = GROUP) -> Hub:
    """A hub with so many open pages of one group."""
    hub = Hub()
    hub.serve({"/home": "home.refresh"})
    sids = {f"s{n}": f"t{n}" for n in range(pages)}
    namespace = SimpleNamespace(sid_to_token=sids)
    hub._app = cast("rx.App", SimpleNamespace(event_namespace=namespace, event_processor=reader))
    for sid, token in sids.items():
        hub.watch({"sid": sid, "token": token, "pathname": "/home"}, Actor(person_id=uuid4(), group_id=group_id))
    return hub


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_seventy_four_hints_while_a_page_is_read_are_one_more_read():
    reader = Reader()
    hub = hub_of(reader, 1)
    hub.hear(Hint(GROUP))
    await settle()
    for _ in range(74):
        hub.hear(Hint(GROUP))
    await settle()
    assert len(reader.read) == 1
    reader.end_all()
    await asyncio.sleep(2 * COALESCE_S)
    assert len(reader.read) == 2
    reader.end_all()
    await asyncio.sleep(2 * COALESCE_S)
    assert len(reader.read) == 2


async def test_seventy_four_hints_at_once_are_one_read_of_each_page():
    reader = Reader()
    hub = hub_of(reader, PARALLEL)
    for _ in range(74):
        hub.hear(Hint(GROUP))
    await settle()
    reader.end_all()
    await asyncio.sleep(2 * COALESCE_S)
    assert len(reader.read) == PARALLEL


async def test_only_so_many_pages_are_read_at_the_same_time():
    reader = Reader()
    hub = hub_of(reader, 3 * PARALLEL)
    hub.hear(Hint(GROUP))
    await settle()
    assert len(reader.read) == PARALLEL
    for _ in range(3):
        reader.end_all()
        await asyncio.sleep(0.05)
    assert len(reader.read) == 3 * PARALLEL
    assert len({data["sid"] for data in reader.read}) == 3 * PARALLEL


async def test_each_page_is_read_with_what_its_own_socket_sent_and_no_other_group():
    reader = Reader()
    hub = hub_of(reader, 2)
    hub.watch({"sid": "s1", "token": "t1", "pathname": "/home/"}, Actor(person_id=uuid4(), group_id=OTHER))
    hub.hear(Hint(OTHER))
    await settle()
    assert reader.read == [{"sid": "s1", "token": "t1", "pathname": "/home/"}]
    reader.end_all()
    await settle()


async def test_what_changes_the_groups_pages_leaves_a_persons_own_alone():
    reader = Reader()
    hub = hub_of(reader, 2)
    hub.serve({"/home": "home.refresh", "/today": "today.refresh"}, {"/home"})
    for sid, address in (("s0", "/home"), ("s1", "/today")):
        hub.watch({"sid": sid, "token": f"t{sid[1]}", "pathname": address}, Actor(person_id=uuid4(), group_id=GROUP))
    hub.hear(Hint(GROUP, is_of_all=True))
    await settle()
    assert [data["pathname"] for data in reader.read] == ["/today"]
    reader.end_all()
    await settle()


async def test_a_page_that_is_closed_or_left_is_not_read():
    reader = Reader()
    hub = hub_of(reader, 2)
    hub.forget("s0")
    hub.watch({"sid": "s1", "token": "t1", "pathname": "/elsewhere"}, Actor(person_id=uuid4(), group_id=GROUP))
    hub.hear(Hint(GROUP))
    await settle()
    assert (reader.read, hub.pages) == ([], {})


async def test_another_tab_on_the_same_socket_id_is_not_watched():
    hub = hub_of(Reader(), 1)
    hub.watch({"sid": "s0", "token": "somebody-else", "pathname": "/home"}, Actor(person_id=uuid4(), group_id=OTHER))
    assert hub.pages == {}


def test_the_cookie_is_found_and_nothing_else():
    assert cookie_in("theme=dark; sanduk=abc; x=1", "sanduk") == "abc"
    assert cookie_in("theme=dark", "sanduk") == ""
    assert cookie_in("sanduk=a; \x00=;;=", "other") == ""
