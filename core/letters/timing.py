"""When was a letter signed, and was its signer to be trusted then?

A letter is for ever, its certificate is not. So the signer is judged at the time of signing, where that is proven: by a
time stamp of a trusted service, or by a signed head of the log that has the file under it. Else the signer's own word
is all there is, and the answer says so. A key that came into wrong hands can say any time: what it signed counts only
where it is proven to be older.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.letters import cms, paths
from core.letters.instants import day, minute
from core.letters.keylist import Ended, fingerprint_of
from core.letters.proof import Proof, ProofError
from core.letters.verification import LineStatus, VerifyLine
from core.transparency.note import NoteError, Verifier


@dataclass(frozen=True, slots=True)
class Moment:
    """A time at which the signature was certainly there."""

    at: datetime
    by: Literal["stamp", "log"]
    whose: str = ""


def logged(
    file_sha256: str, proof: Proof | None, keys: Sequence[Verifier], known: datetime | None = None
) -> datetime | None:
    """When a signed head of the log first had the file under it: `known` on the server, else what the proof shows."""
    if known is not None or proof is None or not keys or proof.said.file_sha256 != file_sha256:
        return known
    try:
        return proof.head(keys).signed_at
    except (NoteError, ProofError):
        return None  # the line about the log says what is wrong


def earliest(signed: cms.Signed, stamp_roots: Sequence[bytes], logged_at: datetime | None) -> Moment | None:
    """The earliest time that is proven, to whoever trusts these roots and keys."""
    found = [Moment(logged_at, "log")] if logged_at is not None else []
    if signed.stamp is not None and stamp_roots and paths.stamp_problem(signed.stamp, stamp_roots) is None:
        found.append(Moment(signed.stamp.at, "stamp", cms.common_name(signed.stamp.service)))
    return min(found, key=lambda it: it.at, default=None)


def trust_line(
    signed: cms.Signed, roots: Sequence[bytes], ended: Sequence[Ended], moment: Moment | None, now: datetime
) -> VerifyLine:
    """Whether the signer leads to a trusted root, at the time of signing."""
    name = signed.name
    if not roots:
        return _line(
            "unknown",
            f"签名人“{name}”，没有可信根证书可供核对（用 --trust 指定发文机关公布的根证书）",
            f"signed by {name}, but no root certificate is given to check it against (give the issuer's with --trust)",
        )
    old = signed.until < now
    # What the log first had after the certificate ran out may still have been signed before.
    late = moment is not None and moment.by == "log" and moment.at > signed.until
    proven = moment.at if moment is not None and not late else None
    problem = paths.path_problem(signed, roots, proven or (signed.until - timedelta(seconds=1) if old else now))
    if problem:
        return _line(
            "bad",
            f"签名人“{name}”不属于可信的发文机关（证书不能追溯到可信根证书）",
            f"the signer {name} is not trusted: {problem}",
        )
    gone = _gone(signed, ended)
    if gone is not None and gone.cause == "compromised" and (moment is None or moment.at >= gone.since):
        return _compromised(name, gone, moment)
    zh, en = f"签名人“{name}”，证书由可信根证书签发", f"signed by {name}, whose certificate leads to a trusted root"
    if gone is not None and gone.cause == "compromised":
        zh += f"；签名密钥后来泄露（{day(gone.since)}起），这份文件在此之前已经签出"
        en += f"; its key came into wrong hands on {day(gone.since)}, after this was signed"
    elif old and proven is None:
        zh += f"；证书已于{day(signed.until)}到期，签名时间以签名人所述为准"
        en += f"; it ran out on {day(signed.until)}, and the time of signing is the signer's own statement"
    elif old:
        zh += f"；证书已于{day(signed.until)}到期，签名时有效"
        en += f"; it ran out on {day(signed.until)}, and was valid when this was signed"
    return _line("ok", zh, en)


def time_lines(
    signed: cms.Signed, said: str, moment: Moment | None, ended: Sequence[Ended], trust: VerifyLine
) -> list[VerifyLine]:
    """The line about the time of signing, and about trust anew where the time that the signer states speaks against
    it. `said`: that time, ISO 8601, empty where there is none."""
    stated = datetime.fromisoformat(said) if said else None
    if stated is not None and not signed.begins <= stated <= signed.until:
        return [
            VerifyLine(
                "time",
                "bad",
                f"所述的签名时间{minute(stated)}不在证书有效期内（{day(signed.begins)}至{day(signed.until)}）",
                f"it says that it was signed at {minute(stated)} CST, when its certificate was not valid "
                f"({day(signed.begins)} to {day(signed.until)})",
            )
        ]
    if stated is not None and moment is not None and stated > moment.at + timedelta(minutes=5):
        return [
            VerifyLine(
                "time",
                "bad",
                f"所述的签名时间{minute(stated)}晚于已证明的时间{minute(moment.at)}",
                f"it says that it was signed at {minute(stated)} CST, but it was there at {minute(moment.at)} CST",
            )
        ]
    found = [_told(signed, stated, moment)]
    gone = _gone(signed, ended)
    # A proof says by when it was signed at the latest: a letter that is older does not become younger by a late one.
    when = stated if stated is not None else moment.at if moment is not None else None
    if trust.status == "ok" and gone is not None and gone.cause == "lost" and (when is None or when >= gone.since):
        found.append(
            _line(
                "bad",
                f"签名人“{signed.name}”的签名密钥自{day(gone.since)}起已声明遗失，这份文件签于其后或签名时间不明",
                f"the key of {signed.name} was lost on {day(gone.since)}, and this was signed later or at no known "
                "time",
            )
        )
    return found


def _told(signed: cms.Signed, stated: datetime | None, moment: Moment | None) -> VerifyLine:
    if moment is not None and moment.by == "stamp":
        return VerifyLine(
            "time",
            "ok",
            f"时间戳证明在{minute(moment.at)}之前已经签名（{moment.whose}）",
            f"the time stamp of {moment.whose} proves that it was signed by {minute(moment.at)} CST",
        )
    if moment is not None:
        return VerifyLine(
            "time",
            "ok",
            f"日志签名点证明在{minute(moment.at)}之前已经签名",
            f"a signed head of the log proves that it was signed by {minute(moment.at)} CST",
        )
    zh = f"签名人自述于{minute(stated)}签名，当时证书有效；" if stated else ""
    en = (
        f"signed at {minute(stated)} CST while the certificate was valid, by its own statement alone; "
        if stated
        else ""
    )
    if signed.stamp is not None:
        return VerifyLine(
            "time",
            "unknown",
            f"{zh}带有{minute(signed.stamp.at)}的时间戳，但没有可信根证书可供核对（--tsa-trust）",
            f"{en}it bears a time stamp of {minute(signed.stamp.at)} CST, but no given root vouches for the service "
            "(--tsa-trust)",
        )
    return VerifyLine("time", "not_checked", f"{zh}没有时间戳或日志证明", f"{en}no time stamp and no proof of the log")


def _gone(signed: cms.Signed, ended: Sequence[Ended]) -> Ended | None:
    own = fingerprint_of(signed.signer.dump())
    return min((it for it in ended if it.fingerprint == own), key=lambda it: it.since, default=None)


def _compromised(name: str, gone: Ended, moment: Moment | None) -> VerifyLine:
    if moment is None:
        zh, en = "没有时间戳或日志证明它在此之前已经签出", "nothing proves that this was signed before"
    else:
        zh, en = f"它最早在{minute(moment.at)}才有证明", f"this is proven from {minute(moment.at)} CST on only"
    return _line(
        "bad",
        f"签名人“{name}”的签名密钥自{day(gone.since)}起已声明泄露，{zh}",
        f"the key of {name} is in wrong hands since {day(gone.since)}, and {en}",
    )


def _line(status: LineStatus, zh: str, en: str) -> VerifyLine:
    return VerifyLine("trust", status, zh, en)
