"""The category of warnings about the requests of tests."""

from __future__ import annotations


class PolicyTestWarning(UserWarning):
    """A request of a test is odd: there is no such action, the environment does not hold its caller, and the like.

    A test that expects a denial may be right by mistake then. ``--policygen-strict`` makes these warnings failures; a
    filter for this category does what one likes with them.
    """
