"""The engine: the interpreter's answers, from plans that are made once for each kind of request.

``engine`` is asked; ``alike`` tells which callers share their plans;
``places`` finds the policies that count, ``completion`` fills in what an environment knows; ``planner`` makes plans for
one policy set: ``actions`` finds the statements that concern an action, ``plans`` says what they ask of a request,
``runs`` asks it with closures, ``generated`` with source of its own; ``conditions``, ``resources`` and ``trie`` are the
tests and indexes that both use. Every number that was chosen stands in ``limits``.
"""

from policygen.engine.engine import Adaptive, Engine

__all__ = ["Adaptive", "Engine"]
