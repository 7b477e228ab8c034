"""For tests of one's own: assertions about decisions, and requests to parametrize tests with.

>>> from policygen.testing import assert_allowed, assert_denied, requests

Works with pytest and without it; whatever is odd about a request is a :class:`PolicyTestWarning`.
"""

from policygen.testing.assertions import Authorizes, Target, assert_allowed, assert_denied
from policygen.testing.parameters import requests
from policygen.testing.warned import PolicyTestWarning

__all__ = ["Authorizes", "PolicyTestWarning", "Target", "assert_allowed", "assert_denied", "requests"]
