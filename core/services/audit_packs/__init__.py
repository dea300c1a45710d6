"""证据包: what proves a letter, in one ZIP for people without an account (docs/findings.md).

gathering  what belongs into it, read from the tables
bundling   the ZIP: sorted, with fixed times, a manifest and the hashes of all; the same content gives the same bytes
readme     how to check each thing, step by step, in Chinese and English
"""
