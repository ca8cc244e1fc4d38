"""Papers of claims in a backup: one archive of sealed files `<group>/<paper>`, held against the rows that name them."""

import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.backup import sealing
from app.backup.errors import BadBackup, CannotBackUp
from app.backup.manifest import PIECE, SEALED, Backup, Stored, check, describe, private_file

FILES = "files.tar"
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = re.compile(f"{_ID}/{_ID}")


def store_files(folder: Path, target: Path, recipient: Any | None) -> Stored:
    """Archive what lies in the storage folder, in the order of names; an empty archive where there is no folder.

    Taken after the dump: a paper lies here before any row names it. Raises CannotBackUp.
    """
    try:
        names = sorted(str(one.relative_to(folder)) for one in folder.glob("*/*") if one.is_file())
        with tempfile.TemporaryFile(dir=target.parent) as clear:
            with tarfile.open(fileobj=clear, mode="w") as archive:
                for name in names:
                    if _NAME.fullmatch(name):  # no drafts
                        archive.add(folder / name, name, recursive=False)
            clear.seek(0)
            with private_file(target) as file:
                sealing.seal(clear, file, recipient)
    except (OSError, tarfile.TarError) as error:
        msg = f"The files in {folder} can't be backed up: {error}."
        raise CannotBackUp(msg) from error
    return describe(target)


@contextmanager
def opened_files(backup: Backup, identity: Path | None) -> Iterator[tarfile.TarFile | None]:
    """The archive, whole as the manifest says, every name in it checked; None for a backup without. BadBackup."""
    stored = backup.manifest.files
    if stored is None:
        yield None
        return
    path = backup.folder / stored.name
    check(path, stored)
    with tempfile.TemporaryFile() as clear:
        if stored.name.endswith(SEALED):
            sealing.open_sealed(path, clear, identity)
        else:
            with path.open("rb") as file:
                sealing.seal(file, clear, None)
        clear.seek(0)
        try:
            with tarfile.open(fileobj=clear, mode="r:") as archive:
                if any(not one.isreg() or not _NAME.fullmatch(one.name) for one in archive.getmembers()):
                    msg = f"{path} holds something that is no paper."
                    raise BadBackup(msg)
                yield archive
        except tarfile.TarError as error:
            msg = f"{path} holds no archive: {error}."
            raise BadBackup(msg) from error


def write_files(archive: tarfile.TarFile, folder: Path) -> int:
    """Into a folder, files 0600 in folders 0700; what is there stays, for a paper never changes. How many were new."""
    new = 0
    for one in archive.getmembers():
        path, source = folder / one.name, archive.extractfile(one)
        if source is None or path.exists():
            continue
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with private_file(path) as file:
            while piece := source.read(PIECE):
                file.write(piece)
        new += 1
    return new
