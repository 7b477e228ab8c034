"""The engine's limits, each with the measurement behind it (two cores at 2.8 GHz, CPython 3.11; see docs/engine.md)."""

from __future__ import annotations

FEW_REQUESTS = 32
"""Requests that are interpreted before an engine is made.

With one role and its bucket and key policies the interpreter is ahead by a third for the first requests, level at about
30, and takes four times as long for 200."""

FEW_STATEMENTS = 64
"""Statements in a policy set from which on an engine answers at once.

With 1,000 statements on the caller it takes an eighth of the interpreter's time for the first request already, because
the interpreter compiles every pattern."""

HOT = 256
"""Requests after which a compiled plan is written as source.

Writing source takes some 0.5 ms a plan, and saves 1 to 2 us a request."""

MOST_BITS = 64
"""Statements of a plan that are held as bits; a plan with more of them has no generated source.

Integers of more bits than a machine word cost more than the sets that take their place."""

MOST_KEPT = 131_072
"""How many things an engine keeps: plans, what they are made from, and outcomes.

When there are more, all are forgotten, and what is still needed is made anew. Some 200 MiB when they are plans."""

MOST_CALLERS = 65_536
"""How many callers an engine knows the plans of; when there are more, they are looked at anew. Some 8 MiB."""

MOST_OUTCOMES = 1024
"""Combinations of statements whose verdict one plan remembers; when they are full, all are forgotten."""

MOST_HOLDERS = 4096
"""Holders of resources that are remembered with their plan, and callers with what an environment knows of them, for
each kind of request; when they are full, all are forgotten."""

MOST_REMEMBERED = 512
"""Combinations of values that one condition remembers its answer for; when they are full, all are forgotten.

Time stamps and addresses of requests never come again: remembering more of them costs memory and gains nothing."""

MOST_IN_SET = 40
"""Texts of a set that stands in generated source; a larger one is handed in, because long source compiles slowly."""

FEWEST_IN_TABLES = 3
"""Resource elements from which on the resource is looked up in tables; fewer are compared one by one, faster."""

MOST_TEXTS = 8
"""Patterns of one statement that stand in the source one by one; more of them are an index, literal texts aside."""

FEWEST_IN_TABLE = 2
"""Conditions on one key that are answered together, by a table of the key's values."""

MOST_LENGTHS = 3
"""Lengths of beginnings that are cut and looked up one after the other; for more lengths bisection is faster."""

MOST_ALONE = 4
"""Patterns of one directory that are asked as they are; more are split by what stands before their next slash."""

MOST_ELEMENTS_ALONE = 16
"""Resource elements of a plan that are asked one by one, each by the index that plans share; more have their own.

An index takes some 100 us to make for a plan, and an element some 0.4 us to ask."""

MOST_IN_ONE_EXPRESSION = 1000
"""Patterns in one regular expression: it takes 0.25 us for 1,000, and the time to compile grows with their number."""
