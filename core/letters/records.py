"""What is reported beside a letter: would the rules say the same today, does the issue log know this file, and does the
letter still stand?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.letters.contents import Contents
from core.letters.instants import minute
from core.letters.keylist import Ended, without_compromised
from core.letters.money import yuan
from core.letters.proof import IssueLog, Proof, ProofError
from core.letters.revocation import KINDS, RevocationList
from core.letters.verification import LineStatus, VerifyLine
from core.transparency.note import NoteError, Verifier

if TYPE_CHECKING:
    from core.policy import Registry

_REPLAY: dict[str, tuple[LineStatus, str, str]] = {
    "same": ("ok", "按决定包重算，结果相同", "computed again from the capsule: the same answer"),
    "other_parameters": ("unknown", "按今天的参数重算，结果不同", "today's parameters give another answer"),
    "other_code": ("unknown", "规则在此后有更正，重算结果不同", "the rules were corrected since: another answer"),
    "other_facts": ("bad", "按所载事实重算，得不出所载结果", "the facts recorded do not give the answer recorded"),
    "unavailable": ("not_checked", "本机没有这项政策的规则，未重算", "the rules of this policy are not here"),
}

_LOG: dict[str, tuple[LineStatus, str, str]] = {
    "recorded": ("ok", "发文日志载有本文件", "the issue log has this file under this number"),
    "other_file": ("bad", "发文日志中该字号是另一个文件", "the issue log has another file under this number"),
    "void": ("bad", "发文日志载明该通知书已作废", "the issue log says that this letter was voided"),
    "unknown": ("unknown", "本机发文日志没有该字号", "the issue log of this instance does not have this number"),
}


def replay_line(contents: Contents, registry: Registry | None) -> VerifyLine:
    """Replay of the capsule with the rules at hand. Never decides: a later correction doesn't make a letter false."""
    if contents.paper:
        return VerifyLine("replay", "not_checked", "程序文书，没有可重算的决定", "no decision that could be replayed")
    if registry is None:
        return VerifyLine("replay", "not_checked", "未加载政策规则，未重算", "no rules are loaded to compute it again")
    from core.policy import replay  # noqa: PLC0415 - the kernel is needed only where a registry is given

    result = replay(contents.capsule, registry)
    status, zh, en = _REPLAY.get(str(result.status), _REPLAY["unavailable"])
    if result.differences:
        en += f" ({'; '.join(result.differences[:2])[:200]})"
    if result.difference_fen and result.amount_fen is not None:
        zh += f"：现为{yuan(result.amount_fen)}元"
    return VerifyLine("replay", status, zh, en)


def log_line(
    contents: Contents,
    file_sha256: str,
    proof: Proof | None,
    log: IssueLog | None,
    keys: Sequence[Verifier] = (),
    ended: Sequence[Ended] = (),
) -> VerifyLine:
    """The issue log: asked where there is one, else what the proof says of it, under a head signed by one of `keys`."""
    if log is not None:
        return VerifyLine("log", *_LOG[log(contents.number, file_sha256)])
    if proof is None:
        return VerifyLine("log", "not_checked", "没有日志或证明文件，未核查", "there is no log and no proof to look at")
    if proof.said.file_sha256 != file_sha256:
        return VerifyLine("log", "bad", "证明文件属于另一个文件", "the proof belongs to another file")
    if (proof.said.number, proof.said.capsule_digest) != (contents.number, contents.capsule_digest):
        return VerifyLine("log", "bad", "证明文件的字号或摘要与通知书不符", "the proof names another number or capsule")
    if not keys:
        return VerifyLine(
            "log",
            "not_checked",
            "证明文件与本文件相符，但没有日志公钥可供核对（用 --log-key 指定）",
            "the proof belongs to this file, but no public key of the log is given to check it (--log-key)",
        )
    try:
        head = proof.head(keys)
    except (NoteError, ProofError) as error:
        return VerifyLine("log", "bad", f"证明文件不成立：{error.zh}", f"the proof does not hold: {error}")
    try:
        proof.head(without_compromised(keys, ended))
    except NoteError:
        return VerifyLine(
            "log",
            "unknown",
            "证明文件只有已声明泄露的日志密钥的签名，请重新下载证明文件",
            "only a key of the log that is in wrong hands signed the proof: fetch it again from the issuer",
        )
    at = minute(head.signed_at) if head.signed_at else "?"
    return VerifyLine(
        "log",
        "ok",
        f"发文日志第{proof.index + 1}条载有本文件，在{at}签名的{head.size}条之中",
        f"entry {proof.index + 1} of the log is this file, under the head of {head.size} entries signed at {at} CST",
    )


def revocation_line(contents: Contents, listed: RevocationList | None, now: datetime) -> VerifyLine:
    """Whether the letter still stands, by a list of those that do not, and how old that list is."""
    if listed is None:
        return VerifyLine("revocation", "not_checked", "没有撤销列表，未核查", "there is no list of revoked letters")
    if contents.paper:
        return VerifyLine(
            "revocation", "not_checked", "程序文书，不在撤销列表之列", "the list is of letters, not papers"
        )
    zh, en = _source(listed, now)
    found = listed.of(contents.number, contents.capsule_digest)
    if found is not None:
        why_zh, why_en = (words % found.since.isoformat() for words in KINDS[found.kind])
        if found.successor:
            why_zh, why_en = f"{why_zh}，由{found.successor}代替", f"{why_en}, replaced by {found.successor}"
        return VerifyLine(
            "revocation", "bad", f"{why_zh}，通知书不再有效（{zh}）", f"{why_en}: it no longer stands ({en})"
        )
    if contents.issuer not in listed.issuers:
        return VerifyLine(
            "revocation",
            "unknown",
            f"撤销列表不含{contents.issuer}的通知书（{zh}）",
            f"the list does not speak of letters by {contents.issuer} ({en})",
        )
    if now > listed.next_update:
        return VerifyLine(
            "revocation",
            "unknown",
            f"不在撤销列表上，但列表过期了，此后的撤销看不到，请取最新的（{zh}）",
            f"not on the list, but that is out of date: what was revoked since is not on it, get a newer one ({en})",
        )
    return VerifyLine("revocation", "ok", f"不在撤销列表上（{zh}）", f"not on the list of revoked letters ({en})")


def _source(listed: RevocationList, now: datetime) -> tuple[str, str]:
    """Which list it was, and how old."""
    at = minute(listed.as_of)
    if not listed.number:
        return f"本系统截至{at}的记录", f"by this instance's records as of {at} CST"
    hours = max(0, int((now - listed.as_of) / timedelta(hours=1)))
    zh = f"{hours}小时前" if hours < 48 else f"{hours // 24}天前"
    en = f"{hours} hours old" if hours < 48 else f"{hours // 24} days old"
    return (
        f"第{listed.number}号列表，截至{at}，{zh}",
        f"list {listed.number} as of {at} CST, {en}",
    )
