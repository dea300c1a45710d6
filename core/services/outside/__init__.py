"""外部名单: what other authorities know of persons and companies, compared with what was granted
(docs/outside-lists.md).

sheets      the columns of each kind of list
reading     a file to blinded rows: pure; the only place that ever has a number
keeping     for how long a list may be kept
lists       taking a list in, confirming and deleting it
matching    which awards meet a row of a list

A number is turned into its blind index where it is read, and is in no table, file or log from there on.
"""
