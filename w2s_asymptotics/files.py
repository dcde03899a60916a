"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

__all__ = ["check_folder", "write_beside"]


def write_beside(path: str | Path, content: bytes | str) -> Path:
    """Write a file beside its place, then put it there: a failure on the way leaves the old one as it was.

    Text is written as UTF-8. Returns the path.
    """
    target = Path(path)
    if target.exists() and not target.is_file():  # a device or a pipe is written to, never replaced
        target.write_bytes(_bytes(content))
        return target
    place = target.resolve()  # what a link points to is replaced, not the link
    beside = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.write(_bytes(content))
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            beside.chmod(place.stat().st_mode & 0o777)
        os.replace(beside, place)
    except BaseException as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise
    return target


def _bytes(content: bytes | str) -> bytes:
    return content.encode("utf-8") if isinstance(content, str) else content


def check_folder(path: str | Path) -> Path:
    """Return the path of a file or folder to be made, or raise `ValueError` where its folder is not there.

    >>> check_folder("no/such/folder/page.html")
    Traceback (most recent call last):
        ...
    ValueError: cannot write no/such/folder/page.html: there is no folder no/such/folder
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise ValueError(f"cannot write {target}: there is no folder {target.parent}")
    return target
