"""Derived requests: what a spec asks to allow and to deny, from the spec and the facts alone.

Nothing here knows the documents, the generator or the evaluator, so none of them can hide another's mistake.
"""

from policygen.verification.requests.derive import derive, derive_requests
from policygen.verification.requests.model import DerivedRequest, Purpose
from policygen.verification.requests.routes import Route, routes_of

__all__ = ["DerivedRequest", "Purpose", "Route", "derive", "derive_requests", "routes_of"]
