"""Denied calls: what AWS said of them, offline, beside what the policies say.

From the bottom: ``model`` is what comes out; ``details``, ``events`` and ``messages`` read what AWS said, with
``callers`` and ``linking``; ``opening`` opens files; ``sources`` finds the policies, ``comparing`` judges and compares
check by check, ``open_ends`` says what is not told, ``changes`` tries what would allow the call; ``suite`` and
``aws_form`` write tests and AWS's own form.
"""

from policygen.denials.model import Call, Edit, Obstacle, PolicyMatch, ShownCheck, Side, TriedChange
from policygen.denials.result import Denied, denied_calls

__all__ = [
    "Call",
    "Denied",
    "Edit",
    "Obstacle",
    "PolicyMatch",
    "ShownCheck",
    "Side",
    "TriedChange",
    "denied_calls",
]
