"""`./sanduk up`: database, migrations, pages, web process, worker; in the foreground until SIGINT or SIGTERM."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app import embedded
from app.launch import demo, frontend, web
from app.launch.paths import Refusal, say
from app.launch.place import (
    Place,
    bring_up_to_date,
    check_keys,
    folder_of,
    is_running,
    open_place,
    set_environment,
    settings_now,
)
from app.launch.worker import Worker

WATCH_SECONDS = 0.3
MAX_DEATHS = 5


class _Stopped(BaseException):
    """A signal asked us to end."""


def up(host: str, port: int, data: Path | None, workers: web.Workers, *, has_worker: bool = True) -> None:
    """Serve until told to stop. Prints `ready ADDRESS` on stdout once the landing page answers."""
    address = os.environ.get("SANDUK_PUBLIC_URL") or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    folder = folder_of(data)
    if is_running(folder):
        _point_at_running(folder)
        return
    web.check_port(host, port)
    settings_now()  # settings that can't be read are said before anything is built
    workers.check()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)
    try:
        pages = frontend.ready()
        with open_place(data, may_begin=True) as place:
            set_environment(place, address)
            bring_up_to_date(place)
            asyncio.run(check_keys())
            demo.load_at_first_start(place)
            # nobody asks for anything in a demo
            worker = None if not has_worker or settings_now().is_demo else partial(Worker, place.admin)
            _serve(place, pages, host, port, address, workers, worker)
    except _Stopped:
        say("Stopped.")


def _raise_stopped(*_: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the way down is under way; a second signal doesn't cut it short
    raise _Stopped


def _point_at_running(folder: Path) -> None:
    address = embedded.running_address(folder)
    if address is None:
        msg = f"{folder} is in use by another command of Sanduk, which serves no address (yet)."
        raise Refusal(msg)
    say(f"Already running with the data in {folder}.")
    sys.stdout.write(f"running {address}\n")


def _serve(
    place: Place,
    pages: Path,
    host: str,
    port: int,
    address: str,
    workers: web.Workers,
    make_worker: Callable[[], Worker] | None,
) -> None:
    web.check_port(host, port)
    process = web.start(pages, host, port, workers)
    worker = make_worker() if make_worker else None
    try:
        web.wait_ready(process, host, port)
        if place.server:
            place.server.announce(address)
        sys.stdout.write(f"ready {address}\n")
        sys.stdout.flush()
        _welcome(place, address)
        _watch(process, place.server, worker)
    finally:
        if worker:
            worker.ask_to_end()
        web.stop(process)
        if worker:
            worker.stop()


def _welcome(place: Place, address: str) -> None:
    if settings_now().is_demo:
        say(f"The public demo: choose a role at {address}/sign-in. Nothing can be written.")
    elif demo.chosen(place) == demo.LOADED:
        say(f"Sign in at {address}/sign-in with one of these phones; the code appears on the page and here:")
        say("\n".join(demo.sign_ins(place)))
    else:
        say(f"Sign in at {address}/sign-in; the first staff phone is named by ./sanduk staff add PHONE.")
    say("Ctrl-C ends it; the data stays.")


def _watch(process: subprocess.Popen[bytes], server: embedded.Server | None, worker: Worker | None) -> None:
    """Start the database and the worker again when they end by themselves; raise Refusal when the web process does."""
    pause, deaths = threading.Event(), 0
    while not pause.wait(WATCH_SECONDS):
        if process.poll() is not None:
            msg = f"The web process ended by itself (status {process.returncode})."
            raise Refusal(msg)
        if server and server.process.poll() is not None:
            deaths += 1
            say(f"The database ended by itself (more in {server.data / 'postgres.log'}).")
            if deaths > MAX_DEATHS:
                msg = "It did so too often."
                raise Refusal(msg)
            try:
                server.revive()
            except embedded.CannotStart as error:
                raise Refusal(str(error)) from error
            say("It runs again.")
        if worker:
            worker.watch()
