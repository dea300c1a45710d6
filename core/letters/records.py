"""What is reported beside a letter: would the rules say the same today, and does the issue log know this file?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.letters.contents import Contents
from core.letters.money import yuan
from core.letters.proof import IssueLog, Proof
from core.letters.verification import LineStatus, VerifyLine

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


def log_line(contents: Contents, file_sha256: str, proof: Proof | None, log: IssueLog | None) -> VerifyLine:
    """The issue log: asked where there is one, else what the proof says of it."""
    if log is not None:
        return VerifyLine("log", *_LOG[log(contents.number, file_sha256)])
    if proof is None:
        return VerifyLine("log", "not_checked", "没有日志或证明文件，未核查", "there is no log and no proof to look at")
    if proof.file_sha256 != file_sha256:
        return VerifyLine("log", "bad", "证明文件属于另一个文件", "the proof belongs to another file")
    if (proof.number, proof.capsule_digest) != (contents.number, contents.capsule_digest):
        return VerifyLine("log", "bad", "证明文件的字号或摘要与通知书不符", "the proof names another number or capsule")
    return VerifyLine(
        "log",
        "not_checked",
        "证明文件与本文件相符，但没有可核查的日志签名点",
        "the proof belongs to this file, but holds no signed checkpoint of the log that could be checked",
    )
