"""What every code means: problems, causes, issues of ``validate``, warnings about requests, facts about AWS.

It is put together from where each is defined; what no other room says, and the examples, stand in ``problems.toml``.
"""

from policygen.explained.explaining import all_codes, explain, kind_of, nearest
from policygen.explained.model import CodeKind, Example, Explained

__all__ = ["CodeKind", "Example", "Explained", "all_codes", "explain", "kind_of", "nearest"]
