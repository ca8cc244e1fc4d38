"""`./sanduk bench web`: many members at once on the served product, and the same services behind bare routes.

Every client is a browser's socket: it has a session of its own, reads home and passbook, and sends "I have paid", in
the proportion of nine to one, with a pause to think. Generator, database and web share the machine. The baseline runs
in the same run, in turn, under the same load: the same services, each behind one FastAPI route.
"""

import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app import migrate
from app.domain.contributions import reading as contributions
from app.domain.contributions.service import OpenCall, open_call
from app.domain.groups import members, service
from app.domain.groups.members import claim_profiles
from app.domain.groups.views import CreateGroup, MemberData
from app.domain.identity import service as identity
from app.domain.identity import sessions
from app.kit import roles
from app.kit.actor import NOBODY, Actor
from app.kit.clock import today_in
from app.kit.db import Database, clock_of
from app.launch import bench_routes, frontend, web
from app.launch.bench import Row, machine, scratch
from app.launch.paths import Refusal, say

PER_GROUP = 100
DUES = 12
"""Calls that every member can pay: what one client may send at most."""
SHARE_OF_SENDING = 0.1
OPENED_A_SECOND = 25
"""Pages that open before the measurement; each costs the time of two or three acts."""
COUNTRY, ZONE = "KE", "Africa/Nairobi"
EVENT = "reflex___state____state."
HYDRATE = EVENT + "hydrate_and_load"
LOAD = {
    "home": EVENT + "app___web___member___states___home____home_state.load",
    "passbook": EVENT + "app___web___member___states___passbook____passbook_state.load",
    "pay": EVENT + "app___web___member___states___pay____pay_state.load",
}
PROBLEM = re.compile(r'"problem_rx_state_":"([^"]+)"')
SEND = EVENT + "app___web___member___states___pay____pay_state.send"


@dataclass(slots=True)
class Client:
    """One member's browser: its session token and the dues it has not sent anything for."""

    number: int
    token: str
    dues: list[UUID]


@dataclass(slots=True)
class Load:
    """What all clients together saw: milliseconds by kind of act, and what went wrong by its text."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    cpu_s: float = 0.0
    """What the serving processes used meanwhile."""

    @property
    def cpu_ms_per_act(self) -> float:
        return round(self.cpu_s * 1000 / max(1, sum(map(len, self.times.values()))), 2)

    def note(self, kind: str, started: float, pause: "Pause") -> None:
        if started >= pause.begin:
            self.times[kind].append((time.perf_counter() - started) * 1000)


def run(clients: int, think: float, seconds: float, workers: int, redis: str) -> str:
    """The measurement as JSON; `redis` is the address that several workers share their state by."""
    serving = web.Workers(workers, redis)
    serving.check()
    with scratch() as (server, folder):
        migrate.upgrade(server.url(roles.OWNER))
        os.environ |= {
            "DATABASE_URL": server.url(roles.APPLICATION),
            "SANDUK_KEY_FOLDER": str(folder / "keys"),
        }
        result = _measure(clients, think, seconds, serving)
    result["params"] |= {"workers": workers, "redis": bool(redis)}
    return json.dumps(result, indent=1)


def _measure(clients: int, think: float, seconds: float, serving: web.Workers) -> dict[str, Any]:
    from app import wiring

    wired = wiring.services()
    say(f"Making {clients} members with {DUES} dues each ...")

    async def prepared() -> list[Client]:
        try:
            return await _prepare(wired.database, clients)
        finally:
            await wired.database.close()

    people = asyncio.run(prepared())
    loads: dict[str, Load] = {}

    def start_pages(port: int) -> subprocess.Popen[bytes]:
        return web.start(frontend.ready(), "127.0.0.1", port, serving)

    for name, start in (("routes", bench_routes.start), ("pages", start_pages)):
        port = web.free_port()
        os.environ["SANDUK_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        process = start(port)
        try:
            web.wait_ready(process, "127.0.0.1", port)
            say(f"{name}: {clients} clients, {seconds:.0f} s ...")
            act = _over_routes if name == "routes" else _over_socket
            loads[name] = asyncio.run(_drive(act, people, port, Timing(think, seconds, process.pid)))
        finally:
            web.stop(process)
    for name, load in loads.items():
        for words, count in load.errors.items():
            say(f"{name}: {count} x {words}")
    rows = [
        _row(kind, clients, seconds, loads["pages"].times[kind], loads["routes"].times[kind])
        for kind in ("home", "passbook", "send")
    ]
    return {
        "bench": "web",
        "params": {"clients": clients, "think": think, "seconds": seconds},
        "machine": machine(),
        "rounds": 1,
        "rows": [asdict(row) for row in rows],
        "cpu_ms_per_act": {name: load.cpu_ms_per_act for name, load in loads.items()},
        "cores_used": {name: round(load.cpu_s / seconds, 2) for name, load in loads.items()},
        "errors": sum(sum(load.errors.values()) for load in loads.values()),
        "said": {name: dict(load.errors) for name, load in loads.items()},
    }


async def _prepare(database: Database, clients: int) -> list[Client]:
    async with database.transaction(NOBODY) as session:
        staff = Actor(person_id=(await identity.add_staff(session, "+254700000001")).id)
    found: list[Client] = []
    for number in range(-(-clients // PER_GROUP)):
        found += await _prepare_group(database, staff, number, min(PER_GROUP, clients - number * PER_GROUP))
    return found


async def _prepare_group(database: Database, staff: Actor, number: int, size: int) -> list[Client]:
    first = 100_000 + number * 1000
    admin_phone = f"+254711{first}"
    command = CreateGroup(
        f"Group {number}", f"Group {number}", "welfare", "KES", ZONE, COUNTRY, "522533", admin_phone, "A/1",
        "Achieng Admin", f"bench-{number}",
    )  # fmt: skip
    async with database.transaction(staff) as session:
        group = await service.create_group(session, staff, command)
    admin = (await _person(database, admin_phone)).within(group.id)
    phones = [f"+254711{first + 1 + place}" for place in range(size)]
    async with database.transaction(admin) as session:
        rows = [MemberData(member_no=f"M/{n}", name=f"Member {n}", phone=phone) for n, phone in enumerate(phones)]
        ids = await members.add_members(session, group.id, rows)
    async with database.transaction(admin) as session:
        due_on = today_in(ZONE, clock_of(session).now()) + timedelta(days=9)
        for n in range(DUES):
            await open_call(session, admin, OpenCall(f"Call {n}", 50_000, due_on, f"bench-{number}-{n}"))
        dues = defaultdict(list)
        for row in await contributions.list_unpaid(session, admin, limit=DUES * (size + 1)):
            dues[row.member_id].append(row.due_id)
    made = []
    for place, (phone, member_id) in enumerate(zip(phones, ids, strict=True)):
        person = await _person(database, phone)
        async with database.transaction(person) as session:
            assert person.person_id is not None
            token = await sessions.open_session(session, person.person_id, user_agent="bench")
            found = await sessions.find_session(session, token)
            assert found is not None
            await sessions.set_place(session, found.id, group.id, "member")
        made.append(Client(number * PER_GROUP + place, token, dues[member_id]))
    return made


async def _person(database: Database, phone: str) -> Actor:
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, phone)
    me = Actor(person_id=person.id)
    async with database.transaction(me) as session:
        await claim_profiles(session, person.id, phone)
    return me


Act = Callable[[Client, int, Load, "Pause"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds to think, seconds to measure, and the session of the serving processes."""

    think: float
    seconds: float
    session: int


@dataclass(slots=True)
class Pause:
    """Thinking time, and from when to when acts count."""

    think: float
    begin: float
    end: float

    async def wait(self) -> bool:
        """False when the time is over."""
        await asyncio.sleep(random.uniform(0.5, 1.5) * self.think)  # noqa: S311
        return time.perf_counter() < self.end


async def _drive(act: Act, people: list[Client], port: int, timing: Timing) -> Load:
    """Clients open their pages one after the other, then all act; what counts begins when the last has settled."""
    load, warm_up = Load(), max(timing.think, len(people) / OPENED_A_SECOND)
    begin = time.perf_counter() + warm_up + timing.think
    pause = Pause(timing.think, begin, begin + timing.seconds)

    async def measure_cpu() -> None:
        await asyncio.sleep(begin - time.perf_counter())
        before = _cpu_seconds(timing.session)
        await asyncio.sleep(timing.seconds)
        load.cpu_s = _cpu_seconds(timing.session) - before

    async def one(client: Client) -> None:
        await asyncio.sleep(random.uniform(0, warm_up))  # noqa: S311
        try:
            await act(client, port, load, pause)
        except Exception as error:  # whatever a client meets is counted, and the others go on
            load.errors[f"{type(error).__name__}: {error}"[:200]] += 1

    await asyncio.gather(measure_cpu(), *(one(client) for client in people))
    return load


def _cpu_seconds(session: int) -> float:
    """User and system time of all processes of a session, as Linux counts it."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(") ")[2].split()
            ticks += sum(map(int, fields[11:13])) if int(fields[3]) == session else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _next_act(client: Client) -> str:
    if client.dues and random.random() < SHARE_OF_SENDING:  # noqa: S311
        return "send"
    return random.choice(("home", "passbook"))  # noqa: S311


def _a_code() -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "U" + "".join(random.choices(letters + "0123456789", k=9))  # noqa: S311


async def _over_socket(client: Client, port: int, load: Load, pause: Pause) -> None:
    from websockets.asyncio.client import connect

    address = f"ws://127.0.0.1:{port}/_event/?EIO=4&transport=websocket&token={uuid4()}"
    headers = {"Cookie": f"sanduk={client.token}", "Origin": f"http://127.0.0.1:{port}"}
    async with connect(address, additional_headers=headers, max_size=None, open_timeout=60) as socket:
        await socket.send("40/_event,")
        while not str(await socket.recv()).startswith("40/_event"):
            pass
        await _ask(socket, HYDRATE, {}, "/home")
        while await pause.wait():
            kind = _next_act(client)
            if kind == "send":
                due = client.dues.pop()
                await _ask(socket, LOAD["pay"], {}, f"/pay?due={due}")
                form = {"code": _a_code(), "amount": "500", "paid_on": time.strftime("%Y-%m-%d")}
                event, payload, path = SEND, {"form": form}, "/pay"
            else:
                event, payload, path = LOAD[kind], {}, f"/{kind}"
            started = time.perf_counter()
            answer = await _ask(socket, event, payload, path)
            load.note(kind, started, pause)
            if problem := PROBLEM.search(answer):
                load.errors[f"{kind}: {problem[1]}"] += 1


async def _ask(socket: Any, name: str, payload: dict[str, Any], path: str) -> str:
    """Send an event and read until its answer: the count of answers changes with each."""
    last = '"is_hydrated_rx_state_":true' if name == HYDRATE else '"answers_rx_state_":'
    asked = {"name": name, "payload": payload, "router_data": {"pathname": path.partition("?")[0], "asPath": path}}
    await socket.send("42/_event," + json.dumps(["event", asked]))
    answer = ""
    async with asyncio.timeout(60):
        while True:
            message = str(await socket.recv())
            if message == "2":
                await socket.send("3")
            elif message.startswith("42/_event,"):
                answer += message
                if last in message:
                    return answer


async def _over_routes(client: Client, port: int, load: Load, pause: Pause) -> None:
    import httpx

    base, cookies = f"http://127.0.0.1:{port}", {"sanduk": client.token}
    async with httpx.AsyncClient(base_url=base, cookies=cookies, timeout=60) as browser:
        kept = list(client.dues)
        while await pause.wait():
            kind = _next_act(Client(client.number, "", kept))
            started = time.perf_counter()
            if kind == "send":
                answer = await browser.post("/send", params={"due": str(kept.pop(0)), "code": _a_code()})
            else:
                answer = await browser.get(f"/{kind}")
            load.note(kind, started, pause)
            if answer.is_error:
                load.errors[f"{kind}: {answer.status_code}"] += 1
        client.dues = kept


def _row(kind: str, clients: int, seconds: float, times: list[float], plain: list[float]) -> Row:
    """`baseline` is the bare route's p95, `ratio` how many times that the page takes. Raises Refusal for too few."""
    if min(len(times), len(plain)) < 2:
        msg = f"Too few acts of kind {kind} were answered: measure longer, or think less."
        raise Refusal(msg)
    p50, p95, p99 = (round(statistics.quantiles(times, n=100)[n - 1], 1) for n in (50, 95, 99))
    baseline = round(statistics.quantiles(plain, n=100)[94], 1)
    return Row(kind, clients, round(len(times) / seconds, 1), "1/s", p50, p95, p99, baseline, round(p95 / baseline, 2))
