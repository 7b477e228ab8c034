"""Actions: ``service:Name``, both parts without regard to case, ``*`` and ``?`` anywhere in the name.

Fact: E162, E163, E164
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from __future__ import annotations

from functools import lru_cache

from policygen.matching.wildcards import Matcher, compile_glob, tokens_of


@lru_cache(maxsize=4096)
def compile_action(pattern: str) -> Matcher:
    """Return a matcher over actions in lower case; variables are not usable in actions (E174).

    >>> compile_action("s3:Get*")("s3:getobject")
    True
    """
    return compile_glob(tokens_of(pattern.lower()))
