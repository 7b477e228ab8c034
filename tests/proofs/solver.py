"""A second opinion on proofs: the SMT solver cvc5 about policies of a fragment, by an encoding of its own.

A request is an action, a resource and for each condition key a text that may be absent, all strings; a pattern is a
regular expression. The fragment: identity-based policies on actions of S3 and on ARNs without Region and account, with
conditions on texts, IfExists and Null. What a policy means is written down here once more, and nothing is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cvc5.pythonic import (
    AllChar,
    And,
    Bool,
    BoolVal,
    Complement,
    Concat,
    InRe,
    Intersect,
    Not,
    Or,
    Plus,
    Range,
    Re,
    Solver,
    Star,
    String,
    Union,
    sat,
    unsat,
)

Document = Mapping[str, Any]


def allows_more(new: Document, old: Document, milliseconds: int = 20_000) -> bool | None:
    """Whether some request is allowed by ``new`` and not by ``old``; None where the solver does not know."""
    asked = _Asked()
    solver = Solver()
    solver.setOption("strings-exp", "true")
    solver.setOption("tlimit-per", str(milliseconds))
    solver.add(asked.possible(), asked.allowed(new), Not(asked.allowed(old)))
    answer = solver.check()
    return None if answer not in (sat, unsat) else answer == sat


class _Asked:
    """A request."""

    def __init__(self) -> None:
        self.action, self.resource = String("action"), String("resource")
        self.keys: dict[str, tuple[Any, Any]] = {}

    def possible(self) -> Any:
        letter = Union(Range("a", "z"), Range("0", "9"), Re("-"), Re("_"))
        field = Intersect(Plus(AllChar()), Complement(Concat(_any(), Re(":"), _any())))
        arn = Concat(Re("arn:aws:"), field, Re(":::"), Plus(AllChar()))
        return And(
            InRe(self.action, Concat(Re("s3:"), Plus(letter))), Or(InRe(self.resource, arn), self.resource == "*")
        )

    def allowed(self, document: Document) -> Any:
        by_effect: dict[str, list[Any]] = {"Allow": [], "Deny": []}
        for statement in document["Statement"]:
            by_effect[statement["Effect"]].append(self._meets(statement))
        return And(Or(BoolVal(False), *by_effect["Allow"]), Not(Or(BoolVal(False), *by_effect["Deny"])))

    def _meets(self, statement: Document) -> Any:
        found = [BoolVal(True)]
        for name, value in (("Action", self.action), ("Resource", self.resource)):
            for element, holds in ((name, lambda it: it), (f"Not{name}", Not)):
                if element in statement:
                    texts = (each.lower() if name == "Action" else each for each in _listed(statement[element]))
                    found.append(holds(Or(BoolVal(False), *(InRe(value, _glob(each)) for each in texts))))
        for operator, block in statement.get("Condition", {}).items():
            found += [self._holds(operator, key, _listed(values)) for key, values in block.items()]
        return And(*found)

    def _holds(self, operator: str, key: str, values: list[str]) -> Any:
        value, present = self.keys.setdefault(key, (String(key), Bool(f"{key} is there")))
        if operator == "Null":
            return Or(BoolVal(False), *(Not(present) if each == "true" else present for each in values))
        base = operator.removesuffix("IfExists")
        matches = (InRe(value, _glob(each)) if "Like" in base else value == each for each in values)
        some = Or(BoolVal(False), *matches)
        if "Not" in base:
            return Or(Not(present), Not(some))
        return Or(Not(present), some) if operator != base else And(present, some)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _any() -> Any:
    return Star(AllChar())


def _glob(text: str) -> Any:
    parts = [_any() if each == "*" else AllChar() if each == "?" else Re(each) for each in text]
    return Concat(*parts) if len(parts) > 1 else parts[0]
