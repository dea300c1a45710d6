"""追回: what is to be had back of an award that was paid (docs/recovery.md).

amounts    what is owed, and of which part: pure
rerun      the decision again, on the facts as they are now
opening    a file, and what each act on it begins with; nothing here moves a case
deciding   proposing, hearing, deciding, demanding, appeals
enclosures papers handed in with a statement or an appeal
crediting  money that comes back
"""
