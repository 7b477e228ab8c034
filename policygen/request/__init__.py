"""The request that is judged: who asks, what for, on which resource, in which context.

No policies here and no decisions; derived context keys are filled in when a request is made.
"""

from policygen.request.model import ContextValue, Request
from policygen.request.principal import Principal, PrincipalKind, parse_principal

__all__ = ["ContextValue", "Principal", "PrincipalKind", "Request", "parse_principal"]
