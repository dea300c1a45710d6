"""Policies of third parties, run apart: their code is imported and called in processes of its own, never in this one.

`confine.py` is this side (a plugin's pair of processes), `asking.py` the Policy that asks them, `process.py` one
seen from here, `worker.py` what runs in it, `walls.py` what keeps it in, `wire.py` what the two say to each other. Why,
and what is and is not promised: docs/adr/0008-confinement.md.
"""
