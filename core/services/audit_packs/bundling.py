"""The ZIP of a pack. No transaction is open here: files are read, decisions computed again, and all of it hashed."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from core.config import ROOT
from core.policy import Registry
from core.services import replays
from core.services.audit_packs import readme
from core.services.audit_packs.gathering import Gathered, Part
from core.services.exports import As, Field, Listing, write_csv

SCRIPT = ROOT / "scripts" / "verify_log.py"
FORMAT = "hongcai-pack/1"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first day a ZIP knows: the same content has the same bytes
TABLES = {
    "evidence": [
        ("line", "凭据行 line", As.TEXT),
        ("used_fen", "使用（元） used", As.MONEY),
        ("grade", "来源等级 grade", As.TEXT),
        ("paper", "单据SHA-256 paper", As.TEXT),
        ("file", "包内文件 file", As.TEXT),
    ],
    "papers": [
        ("kind", "种类 kind", As.TEXT),
        ("name", "文件名 name", As.TEXT),
        ("sha256", "SHA-256", As.TEXT),
        ("file", "包内文件，空为不在存储中 file, empty: not in the store", As.TEXT),
    ],
    "trail": [
        ("id", "序号 id", As.NUMBER),
        ("at", "时间（UTC） at", As.TEXT),
        ("actor", "操作人编号 actor", As.TEXT),
        ("action", "动作 action", As.TEXT),
        ("subject", "对象 subject", As.TEXT),
        ("success", "成否 success", As.TEXT),
        ("detail", "内容 detail", As.TEXT),
    ],
    "acts": [
        ("at", "时间（UTC） at", As.TEXT),
        ("move", "步骤 move", As.TEXT),
        ("from", "从 from", As.TEXT),
        ("to", "到 to", As.TEXT),
        ("role", "角色 role", As.TEXT),
        ("staff", "经办人编号 staff", As.NUMBER),
        ("opinion", "意见 opinion", As.TEXT),
    ],
}


def write(found: Gathered, out: IO[bytes], registry: Registry) -> str:
    """Write the ZIP; returns its SHA-256."""
    content: dict[str, bytes | Path] = dict(found.common)
    manifest: dict[str, Any] = {"format": FORMAT, "letters": []}
    for part in found.parts:
        told = replays.one(part.kept, replays.Asked(), registry)
        manifest["letters"].append(
            {
                "number": part.number,
                "folder": part.folder,
                "case": part.kept.case,
                "policy": part.kept.policy,
                "amount_fen": part.amount_fen,
                "capsule": part.kept.digest,
                "replay": told.status,
                "in_log": part.proved,
                "standing": _standing(part),
            }
        )
        inside = part.files | _tables(part) | {"replay.json": _json(asdict(told))}
        content |= {f"letters/{part.folder}/{name}": body for name, body in inside.items()}
    content["verify_log.py"] = SCRIPT.read_bytes()
    content["README.txt"] = readme.text(found).encode()
    hashes = {name: _sha256(content[name]) for name in sorted(content)}
    manifest["files"] = hashes
    content["manifest.json"] = _json(manifest)
    hashes["manifest.json"] = _sha256(content["manifest.json"])
    content["SHA256SUMS"] = "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            body = content[name]
            archive.writestr(entry, body if isinstance(body, bytes) else body.read_bytes())
    out.seek(0)
    digest = hashlib.file_digest(out, "sha256").hexdigest()  # type: ignore[arg-type]
    out.seek(0)
    return digest


def _standing(part: Part) -> dict[str, str]:
    if part.fallen is None:
        return {"state": "stands"}
    return {
        "state": part.fallen.kind,
        "since": part.fallen.since.isoformat(),
        "successor": part.fallen.successor,
    }


def _tables(part: Part) -> dict[str, bytes]:
    rows = {"evidence": part.evidence, "papers": part.papers, "trail": part.trail, "acts": part.acts}
    made = {f"{name}.csv": _csv(name, of) for name, of in rows.items()}
    return made | {"trail.json": _json(part.trail), "acts.json": _json(part.acts)}


def _csv(name: str, rows: list[dict[str, Any]]) -> bytes:
    columns = TABLES[name]
    cells = [[_cell(row[key]) for key, _title, _form in columns] for row in rows]
    return write_csv(Listing(name, [Field(title, form) for _key, title, form in columns], cells))


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value).lower() if isinstance(value, bool) else value


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _sha256(body: bytes | Path) -> str:
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest()
    with body.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
