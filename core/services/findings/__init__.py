"""审计发现: written by an auditor, answered and put right by whom it is addressed to, closed by another auditor
(docs/findings.md).

steps      the states and the steps between them, in one table: who, from where, to where
writing    a draft: from a letter, a lead or the item of a sample; changing and serving it
acting     everything that is done to a finding that was served
proposing  建议撤销, 建议追回: what an auditor asks of the desks, and what they did
enclosures papers of either side
"""
