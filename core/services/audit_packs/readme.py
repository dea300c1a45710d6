"""README.txt of a pack: how somebody without an account checks each thing. Commands stand on lines of their own that
begin with four blanks and `$`; a test runs them as they are."""

from __future__ import annotations

from collections.abc import Iterator

from core.letters.revocation import KINDS
from core.services.audit_packs.gathering import LIST, STATEMENT, Gathered, Part

CHINESE = """证据包
======

本包有{count}份通知书，每份在 letters/ 下自己的文件夹里。您不需要账户，也不需要联网。
需要：Python 3.9以上（只用标准库），以及宏才程序（hongcai命令；只有第4步用到，不需要数据库）。
下面的命令都在解压后的文件夹里运行；最后一行说明怎样算通过。

先做一件事：本包里的公钥（keys/）和程序（verify_log.py）与本包同来。请与您以前从别的途径拿到的那份
逐字比对；比对不上的，以您手里的为准，用您手里的重做下面各步。

1. 文件是否完整：每个文件都与清单的摘要一致。
{sums}
   每行都是OK即为完整。清单说明见 manifest.json。
2. 日志的签名点和撤销列表是否由日志的公钥签名，撤销列表是否就是日志记下的那一份。
{head}
   撤销列表有期限，过期的会注明OUT OF DATE：此后撤销的不在其上，请向发文机关取最新的。
3. 痕迹是否与当初列入日志的一致：本包的每条痕迹都按签名点核对。
{log}
   痕迹的可读形式见各文件夹的 trail.csv、trail.json，经办步骤和意见见 acts.csv。
4. 每份通知书：签名、决定包、重算、日志、是否仍有效（hongcai），以及只用Python核对日志。
{letters}
   hongcai显示“有效”、verify_log.py显示“holds”即为通过。{fallen_zh}{late_zh}{keys_zh}
5. 决定包：capsule.json是核定时的决定包，它的SHA-256印在通知书上；重算结果见 replay.json，
   status是same即与核定时一致。
6. 凭据：evidence.csv是决定包里的凭据行和使用的金额；单据在 papers/，摘要见 papers.csv。
   用第1步的摘要与凭据行的单据摘要比对，就知道单据是不是核定时的那一份。

不能由本包证明的：单据上写的是不是事实。来源等级（grade）说明单据可以信到什么程度。
通知书后来是否撤销：向发文机关取最新的撤销列表，用 hongcai verify --revocations 列表 再验证。
个人信息：决定包里的人是代号，经办人是编号；papers/是申请单位交来的原件，log/entries.jsonl含网络地址，
请按涉密和个人信息的规定保管，用完销毁。
"""
ENGLISH = """Evidence pack
=============

{count} letters, each in a folder of its own below letters/. You need no account and no network: Python 3.9 or newer
(standard library only), and for step 4 the program Hongcai (the command hongcai; no database).
The commands are those above; run them in the folder that this was unpacked into.

First: the public keys (keys/) and the program (verify_log.py) came with this pack. Compare them with those that you got
by another way; where they differ, take yours and do each step with them.

1. Is it whole? Each line has to say OK. What the files are is in manifest.json.
2. Were the head of the log and the list of letters that no longer stand signed by the log's key, and is it the list
   that the log has? OUT OF DATE: what was revoked since is not on it, get a newer one from the issuer.
3. Is the trail what the log took in? Every entry is checked against that head. trail.csv, trail.json and acts.csv
   (steps and opinions) are the same for reading.
4. Each letter: signature, capsule, replay, log, whether it stands. VALID (有效) by hongcai and "holds" by verify_log.py
   is what you want.{fallen_en}{late_en}{keys_en}
5. capsule.json is the decision as it was made; its SHA-256 is printed on the letter. replay.json: computed again,
"same" is the same.
6. evidence.csv has the lines of evidence and what was used of each; the papers are in papers/, their hashes in
   papers.csv. A paper whose hash is that of the line is the one that was decided on.

Not proved by this: that what a paper says is true. The grade says how good its source was.
Whether a letter fell later: get the list of revoked letters from the issuer, and verify with --revocations LIST.
Persons are pseudonyms in the capsule, staff are numbers. papers/ holds what the applicant handed in, log/entries.jsonl
network addresses: keep it as such things must be kept, and destroy it when you are done.
"""

KEYS_ZH = """
   keys/keys.note是密钥公告：密钥已声明泄露的，它签的通知书没有更早的证明时也是“无效”，原因见“签名人可信”一行。"""
KEYS_EN = """
   keys/keys.note is the statement about keys: a letter by a key in wrong hands, with no proof from before, is not valid
   either; the line about the signer says so."""


def text(found: Gathered) -> str:
    """The whole README, Chinese first."""
    said = {
        "count": len(found.parts),
        "sums": _command("sha256sum -c SHA256SUMS"),
        "head": _command(*_of_log(found, "head")),
        "log": _command(*_of_log(found, "log")),
        "letters": _command(*(line for part in found.parts for line in _of_letter(found, part))),
        "fallen_zh": _fallen(found, True, "下列通知书已不再有效，hongcai显示“无效”才对，且只有“撤销”一行不通过：", 0),
        "fallen_en": _fallen(
            found, True, "No longer standing; NOT VALID (无效), for the revocation alone, is right:", 1
        ),
        "late_zh": _fallen(found, False, "下列通知书在撤销列表签发之后才失效，hongcai还看不出来，仍会显示“有效”：", 0),
        "late_en": _fallen(found, False, "Fell after the list was signed, which hongcai cannot see yet (VALID):", 1),
        "keys_zh": KEYS_ZH if STATEMENT in found.common else "",
        "keys_en": KEYS_EN if STATEMENT in found.common else "",
    }
    return CHINESE.format(**said) + "\n" + ENGLISH.format(**said)


def _of_log(found: Gathered, what: str) -> Iterator[str]:
    if "log/checkpoint" in found.common and (what == "head" or found.entries):
        files = "log/checkpoint" if what == "head" else "log/checkpoint log/entries.jsonl"
        yield f"python3 verify_log.py {what} {files} --key keys/log.keys"
    if what == "head" and LIST in found.common:
        entries = " --entries log/entries.jsonl" if found.entries else ""
        yield f"python3 verify_log.py listed {LIST} --key keys/log.keys{entries}"


def _fallen(found: Gathered, listed: bool, said: str, language: int) -> str:
    """Those that no longer stand, and why: of which the list in the pack says so, or does not yet."""
    fallen = [part.fallen for part in found.parts if part.fallen is not None and part.listed is listed]
    lines = [f"\n   - {it.number}: {KINDS[it.kind][language] % it.since.isoformat()}" for it in fallen]
    return "".join([f"\n   {said}", *lines]) if lines else ""


def _of_letter(found: Gathered, part: Part) -> Iterator[str]:
    """Of a letter whose proof is not there yet, without the log."""
    pdf = next(name for name in part.files if name.endswith(".pdf") and "/" not in name)
    path = f'"letters/{part.folder}/{pdf}"'
    said = [f" --{name} {file}" for name, file in (("keys", STATEMENT), ("revocations", LIST)) if file in found.common]
    yield f"hongcai verify {path} --trust keys/issuer-root.pem --log-key keys/log.keys{''.join(said)}"
    if part.proved:
        yield f"python3 verify_log.py proof {path} --key keys/log.keys"


def _command(*lines: str) -> str:
    return "\n".join(f"    $ {line}" for line in lines) or "   （本包没有 / not in this pack）"
