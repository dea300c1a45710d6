"""Files that people send: opened, checked, redrawn and turned into pictures of pages in a process of their own.

`desk.py` is this side, `worker.py` what runs apart, `kinds.py` what a file is, `pdf.py` and `pictures.py` what is wrong
with one, `pages.py` how its pages look, `antivirus.py` the scanner that an instance may have. What is promised:
docs/files.md.
"""
