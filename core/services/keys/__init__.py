"""密钥: the keys that letters and the log are signed with. One person proposes another key, a second one confirms it;
one that was lost or came into wrong hands is given up at once. Everything about it is in the trail, and so in the log.

`material` is what was put into the folder fit to sign? · `changes` propose, confirm, withdraw, give up · `reading` what
is in use, what was, what it signed, how long it lasts · `telling` warning before it runs out · `trust` the roots.

How to go about it: docs/keys.md.
"""

from core.services.keys.changes import adopt, confirm, propose, retire, withdraw
from core.services.keys.reading import by_id, ended, gone, gone_fingerprints, in_use, require

__all__ = [
    "adopt",
    "by_id",
    "confirm",
    "ended",
    "gone",
    "gone_fingerprints",
    "in_use",
    "propose",
    "require",
    "retire",
    "withdraw",
]
