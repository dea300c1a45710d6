"""参数: a district's own values of a policy's parameters, from a draft to what decides.

`of_case` and `published` (book.py) are the one place that says which values apply. rows.py reads what people type,
file.py is the file, golden.py checks a draft against the policy's golden cases, simulation.py says which open cases
would change; drafting.py and publishing.py are the verbs.
"""

from core.services.parameters.book import latest, of_case, published

__all__ = ["latest", "of_case", "published"]
