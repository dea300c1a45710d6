"""The store: by content, once, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.letters.store import Store, write_once

DATA = b"%PDF-1.7 a letter"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_put_and_get(tmp_path: Path) -> None:
    store = Store(tmp_path / "letters")
    sha256 = store.put(DATA)
    assert sha256 == hashlib.sha256(DATA).hexdigest()
    assert store.put(DATA) == sha256
    assert store.get(sha256) == DATA
    (path,) = files(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_changed_file_is_not_served(tmp_path: Path) -> None:
    store = Store(tmp_path)
    sha256 = store.put(DATA)
    store.path(sha256).write_bytes(DATA + b"!")
    with pytest.raises(OSError, match="has changed on disk"):
        store.get(sha256)
    assert store.put(DATA) == sha256
    assert store.get(sha256) == DATA


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "g" * 64, "a" * 63])
def test_only_hashes_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        Store(tmp_path).path(name)


@pytest.mark.parametrize("step", ["fsync", "write", "replace"])
def test_a_failing_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    if step == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    elif step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        opened: Callable[..., object] = os.fdopen

        def broken(*args: object, **kwargs: object) -> object:
            file = opened(*args, **kwargs)

            class Broken:
                def __enter__(self) -> Broken:
                    return self

                def __exit__(self, *_: object) -> None:
                    file.close()  # type: ignore[attr-defined]

                write = staticmethod(fail)

            return Broken()

        monkeypatch.setattr(os, "fdopen", broken)
    folder = tmp_path / "letters"
    folder.mkdir()
    with pytest.raises(OSError, match="No space left"):
        write_once(folder / "x.pdf", DATA)
    monkeypatch.undo()
    assert files(folder) == []


def test_the_file_reaches_the_disk_before_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        order.append("fsync")
        fsync(handle)

    def replaced(self: Path, target: Path) -> Path:
        order.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    write_once(tmp_path / "x.pdf", DATA)
    assert order == ["fsync", "replace", "fsync"]
