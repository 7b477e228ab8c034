"""The engine: the interpreter's answers, from plans that are made once for each kind of request.

``engine`` is asked, through ``adaptive`` where requests may be few; ``callers`` tells which callers are alike;
``planner`` makes plans for one policy set, ``places`` for an environment; ``actions`` finds the statements that concern
an action; ``plans`` says what they ask of a request; ``runs`` asks it with closures, ``source`` with generated source;
``conditions``, ``resources`` and ``trie`` are the tests and indexes that both use.
"""

from policygen.evaluation.engine.adaptive import Adaptive
from policygen.evaluation.engine.engine import Engine

__all__ = ["Adaptive", "Engine"]
