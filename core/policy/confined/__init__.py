"""Policies of third parties, run apart: their code is imported and called in processes of its own, never in this one.

`confine.py` is this side (a plugin's pair of processes), `asking.py` the Policy that asks them, `worker.py` what runs
in one, `wire.py` what the two say to each other; `core/confined` keeps it in. Why, and what is and is not promised:
docs/adr/0008-confinement.md.
"""
