"""参数: a district's own values of a policy's parameters, from a draft to what decides.

`of_case` and `published` (book.py) are the one place that says which values apply; rows.py reads what people type,
golden.py checks a draft against the policy's golden cases, drafting.py and publishing.py are the verbs, simulation.py
says which open cases would change.
"""

from core.services.parameters.book import latest, of_case, published

__all__ = ["latest", "of_case", "published"]
