"""The request that is judged: who asks, what for, on which resource, in which context.

No policies here and no decisions. A request is made of a caller and a call, which are read once and kept
(``callers``, ``calls``), and a context (``context``); what follows for the context is said in ``derived``.
"""

from policygen.request.context import ContextValue
from policygen.request.model import Request
from policygen.request.principal import Principal, PrincipalKind, parse_principal

__all__ = ["ContextValue", "Principal", "PrincipalKind", "Request", "parse_principal"]
