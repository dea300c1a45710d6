"""Audit sampling, pure: how many to draw, which, and what the errors found in them say of all.

`sizes` sample sizes · `drawing` who is drawn, by a recorded seed, so that anybody draws the same · `projecting` from
the errors found to the population. Amounts are integer fen; no database, no clock, no chance but the seed.

Methods: simple random, stratified (by whatever the caller groups by), and monetary-unit sampling with a fixed interval
(AICPA Audit Guide *Audit Sampling*, chapter 6; 中国注册会计师审计准则第1314号——审计抽样).
"""
