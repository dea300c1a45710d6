#!/usr/bin/env python3
"""Check the transparency log of a Hongcai instance with nothing but Python (3.9 or newer): this file imports nothing
of the project, so that whoever doubts it can read all that they have to trust. 不依赖本系统，单独核验透明日志。

    python3 verify_log.py proof  通知书.pdf           --key KEY      is the letter in the log? (needs 通知书.pdf.proof)
    python3 verify_log.py head   NOTE                --key KEY      is the checkpoint signed by the log's key?
    python3 verify_log.py log    NOTE ENTRIES.jsonl  --key KEY      do entries and hashes (NOTE.hashes) give the head?
    python3 verify_log.py grown  OLD NEW             --key KEY      is OLD the beginning of NEW? (needs NEW.hashes)
    python3 verify_log.py listed LIST                --key KEY      is it the log's list of revoked letters? With --held
               OLD: does it lack nothing of OLD; --entries ENTRIES.jsonl: is it the one in the log; --letter 通知书.pdf

KEY is the line `name+id+base64` that the operator of the log published, or a file with one such line for each key; give
`--key` again for another one. A log that changed its key has heads by the old and by the new: keep both.
Exit status: 0 it holds, 1 it does not, 2 it cannot be told. Standards: RFC 9162 (tree), RFC 8032 (Ed25519), C2SP
signed-note and tlog-checkpoint.
"""

import argparse
import base64
import hashlib
import json
import sys
import time
from pathlib import Path

HASH = 32


class Wrong(Exception):
    """It does not hold."""


class Unclear(Exception):
    """It cannot be told."""


# ── Ed25519, RFC 8032, 5.1 ──────────────────────────────────────────────────────────────────────────────────────────
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def _add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m, n = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f, g * h, f * g, e * h


def _times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _add(total, point)
        point = _add(point, point)
        number >>= 1
    return total


def _same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(key, message, signature):
    """Whether the Ed25519 signature of the message is that key's."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = _point(key), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    return _same(_times(s, BASE), _add(r, _times(h, a)))


# ── keys and notes, C2SP ────────────────────────────────────────────────────────────────────────────────────────────
def read_keys(given):
    """{(name, id): key} of the keys in the texts, or in the files of those names."""
    lines = []
    for one in given:
        lines += Path(one).read_text(encoding="utf-8").splitlines() if Path(one).is_file() else [one]
    found = {}
    for line in filter(None, map(str.strip, lines)):
        name, _, rest = line.partition("+")
        number, _, encoded = rest.partition("+")
        try:
            data = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise Unclear(f"not a key: {line[:60]}") from None
        expected = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        if len(data) != 33 or data[0] != 1 or number != expected.hex():
            raise Unclear(f"not an Ed25519 key of a log: {line[:60]}")
        found[name, expected] = data[1:]
    return found


def opened(note, keys):
    """(text, names of the known keys that signed it)"""
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise Unclear("not a signed note")
    text += "\n"
    signers = set()
    for line in lines[:-1].split("\n"):
        dash, name, encoded = [*line.split(" ", 2), "", ""][:3]
        try:
            signature = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise Unclear("a signature line cannot be read") from None
        if dash != "\u2014" or len(signature) < 5:
            raise Unclear("a signature line cannot be read")
        key = keys.get((name, signature[:4]))
        if key is None:
            continue
        if not signed_by(key, text.encode(), signature[4:]):
            raise Wrong(f"the signature of {name} is wrong: what it signed was changed, or is forged")
        signers.add(name)
    return text, signers


def read_head(note, keys):
    """(origin, size, root, when) of a checkpoint that a known key signed."""
    text, signers = opened(note, keys)
    fields = text.split("\n")
    try:
        origin, size, root = fields[0], int(fields[1]), base64.b64decode(fields[2], validate=True)
    except (IndexError, ValueError):
        raise Unclear("not a checkpoint: origin, size and head are expected") from None
    if len(root) != HASH or size < 0:
        raise Unclear("not a checkpoint: the head has the wrong length")
    if origin not in signers:
        raise Unclear(f"not signed by a key of {origin} that is given")
    when = next((line[7:] for line in fields[3:] if line.startswith("signed ")), "at an unknown time")
    return origin, size, root, when


# ── the tree, RFC 9162, 2.1 ─────────────────────────────────────────────────────────────────────────────────────────
def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(level):
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        above = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = above + level[len(above) * 2 :]
    return level[0]


def included(leaf, index, size, path, root):
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


# ── what can be asked ───────────────────────────────────────────────────────────────────────────────────────────────
def proof(keys, file, beside):
    """A letter against its proof."""
    try:
        told = json.loads(Path(beside or file + ".proof").read_text(encoding="utf-8"))
        entry, index, note = told["entry"], int(told["index"]), told["checkpoint"]
        path = [base64.b64decode(step, validate=True) for step in told["path"]]
        number, amount, digest = (json.loads(entry)[i] for i in (2, 6, 8))
    except (ValueError, KeyError, TypeError, IndexError):
        raise Unclear("the proof cannot be read") from None
    if hashlib.sha256(Path(file).read_bytes()).hexdigest() != digest:
        raise Wrong("the proof belongs to another file, or the file was changed")
    origin, size, root, when = read_head(note, keys)
    if not included(leaf_hash(entry.encode()), index, size, path, root):
        raise Wrong("the path does not lead to the signed head: the log does not have this letter")
    return f"{number}, {amount} fen: entry {index + 1} of {size} of {origin}, signed {when}"


def head(keys, file):
    """A checkpoint by itself."""
    origin, size, root, when = read_head(Path(file).read_text(encoding="utf-8"), keys)
    return f"{origin}: {size} entries, head {root.hex()}, signed {when}"


def log(keys, file, entries):
    """Entries and the hashes beside the checkpoint against its head."""
    origin, size, root, when = read_head(Path(file).read_text(encoding="utf-8"), keys)
    kept = _hashes(file, size)
    if root_of(kept) != root:
        raise Wrong(f"the hashes in {file}.hashes do not give the head that was signed")
    count = 0
    with Path(entries).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                told = json.loads(line)
                index, entry = told["index"], told["entry"]
            except (ValueError, KeyError, TypeError):
                raise Unclear(f"line {number} of {entries} cannot be read") from None
            if index >= size:
                continue  # taken in after this head was signed
            if index < 0 or leaf_hash(entry.encode()) != kept[index]:
                raise Wrong(f"line {number}: entry {index} is not the one that was taken in: {entry[:80]}")
            count += 1
    return f"{origin}: {count} entries are as they were taken in, of {size} under the head signed {when}"


def grown(keys, old, new):
    """An old checkpoint against the hashes beside a new one."""
    origin, size, root, when = read_head(Path(old).read_text(encoding="utf-8"), keys)
    origin2, size2, root2, when2 = read_head(Path(new).read_text(encoding="utf-8"), keys)
    if origin != origin2:
        raise Unclear(f"two logs: {origin} and {origin2}")
    if size2 < size:
        raise Wrong(f"the new checkpoint ({size2} entries, {when2}) is older than the old one ({size}, {when})")
    kept = _hashes(new, size2)
    if root_of(kept) != root2:
        raise Wrong(f"the hashes in {new}.hashes do not give the head that was signed")
    if root_of(kept[:size]) != root:
        raise Wrong(f"the first {size} entries no longer give the head signed {when}: the log was rewritten")
    return f"{origin}: grew from {size} to {size2} entries, and nothing under the old head was changed"


def read_list(note, keys):
    """(origin, number, as of, next update, entries, all lines) of a list of revoked letters that a known key signed."""
    text, signers = opened(note, keys)
    lines = text[:-1].split("\n")
    try:
        if lines[0] != "hongcai-revocations/1":
            raise ValueError
        said = dict(line.split(" ", 1) for line in lines[2:6])
        number, as_of, until = int(said["list"]), said["as-of"], said["next-update"]
        entries = [tuple(json.loads(line)) for line in lines[6:] if line.startswith("[")]
        if any(len(entry) != 6 for entry in entries):
            raise ValueError
    except (ValueError, KeyError, IndexError, TypeError):
        raise Unclear("not a list of revoked letters") from None
    if lines[1] not in signers:
        raise Unclear(f"not signed by a key of {lines[1]} that is given")
    return lines[1], number, as_of, until, entries, lines


def listed(keys, file, held, entries, letter):
    """A list of revoked letters: against an older one, against the log's entries, and whether a letter is on it."""
    note = Path(file).read_text(encoding="utf-8")
    shown = read_list(note, keys)
    origin, number, as_of, until, found, _ = shown
    if held:
        before = read_list(Path(held).read_text(encoding="utf-8"), keys)
        if before[0] != origin:
            raise Unclear(f"two logs: {before[0]} and {origin}")
        if number < before[1] or as_of < before[2]:
            raise Wrong(f"list {number} is older than list {before[1]}, which you hold")
        gone = [entry[0] for entry in before[4] if entry not in found]
        if gone:
            raise Wrong(f"list {number} lacks what was on the one that you hold: {', '.join(gone)}")
        if number == before[1] and shown != before:
            raise Wrong(f"there are two lists with number {number}")
    if entries:
        _logged(entries, number, "sha256:" + hashlib.sha256(note.encode()).hexdigest())
    if letter:
        digest = hashlib.sha256(Path(letter).read_bytes()).hexdigest()
        for entry in found:
            if entry[4] == digest:
                raise Wrong(f"{entry[0]} no longer stands: {entry[1]} since {entry[2]} {entry[5]}".strip())
    late = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) > until
    age = "; OUT OF DATE: what was revoked since is not on it" if late else ""
    return f"{origin}: list {number} of {len(found)} letters that no longer stand, as of {as_of}, next by {until}{age}"


def _logged(file, number, digest):
    """The log has an entry for each list: this one's must be there with its digest."""
    known = {}
    with Path(file).open(encoding="utf-8") as lines:
        for line in lines:
            try:
                entry = json.loads(json.loads(line)["entry"])
                if entry[0] == "event" and entry[7] == "revocations.sign":
                    said = json.loads(entry[11])
                    known[said["list"]] = said["digest"]
            except (ValueError, KeyError, TypeError, IndexError):
                raise Unclear(f"{file} cannot be read") from None
    if number not in known:
        raise Unclear(f"the entries say nothing of list {number}: take newer ones")
    if known[number] != digest:
        raise Wrong(f"the log has another list {number}: this one was made anew")
    if max(known) > number:
        raise Unclear(f"the log has list {max(known)} by now: get that one")


def _hashes(file, size):
    data = Path(file + ".hashes").read_bytes()
    if len(data) < size * HASH:
        raise Unclear(f"{file}.hashes has {len(data) // HASH} hashes, the checkpoint {size} entries")
    return [data[i * HASH : i * HASH + HASH] for i in range(size)]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["proof", "head", "log", "grown", "listed"])
    parser.add_argument("files", nargs="+")
    parser.add_argument(
        "--key", required=True, action="append", help="public key of the log, or a file of them; may be repeated"
    )
    parser.add_argument("--proof", help="the proof of a letter, if it is not beside it")
    parser.add_argument("--held", help="an older list of revoked letters, which you hold")
    parser.add_argument("--entries", help="entries of the log, to look the list up in")
    parser.add_argument("--letter", help="a letter to look up on the list")
    given = parser.parse_args(arguments)
    wanted = {"proof": 1, "head": 1, "log": 2, "grown": 2, "listed": 1}[given.what]
    if len(given.files) != wanted:
        parser.error(f"{given.what} takes {wanted} file{'s' if wanted > 1 else ''}")
    try:
        keys = read_keys(given.key)
        extra = {"proof": [given.proof], "listed": [given.held, given.entries, given.letter]}.get(given.what, [])
        print("holds:", globals()[given.what](keys, *given.files, *extra))
        return 0
    except Wrong as error:
        print("DOES NOT HOLD:", error)
        return 1
    except (Unclear, OSError, UnicodeDecodeError) as error:
        print("cannot tell:", error)
        return 2


if __name__ == "__main__":
    sys.exit(main())
