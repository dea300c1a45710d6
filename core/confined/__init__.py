"""A process of our own that is kept in: for code of third parties, and for files that people send.

`process.py` is one seen from here, `channel.py` its end of the line, `walls.py` what keeps it in, `frames.py` what the
two say to each other. Who uses it: `core/policy/confined` (rules of third parties), `core/uploads` (files). Why, and
what is and is not promised: docs/adr/0008-confinement.md.
"""
