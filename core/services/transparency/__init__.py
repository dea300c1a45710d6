"""The transparency log: every event of the trail and every issued letter, in the order they were taken in, under heads
that are signed and handed to auditors, so that nothing that was once under a head can be changed quietly.

`entries` what the bytes of an entry are · `keeping` taking in and signing · `tree` proofs from the kept hashes ·
`keys` who signs · `proofs` that something is in it, that it only grew · `timing` events that were written later than
they say · `revoked` the signed list of letters that no longer stand · `checking` does every row still have the hash
that it was taken in with.

Why it is built this way: docs/adr/0010-transparency-log.md; what it proves: docs/transparency.md.
"""
