"""The transparency log, pure: a Merkle tree over the trail, and the signed heads that auditors keep.

`merkle` hashes and proves (RFC 9162), `note` signs (C2SP signed-note, Ed25519), `checkpoint` is what is signed (C2SP
tlog-checkpoint), `entries` are the bytes of a leaf. No database and no clock: `core.services.transparency` keeps the
log, `hongcai verify` and the single file `scripts/verify_log.py` check it without an instance.
"""
