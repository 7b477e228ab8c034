"""Tests of tests: what of a policy could change without any test noticing.

One small change at a time is made in a policy, and the tests that touch it are asked again. What they do not notice is
proved to change nothing, or shown with a request that tells the two policies apart.
"""

from policygen.mutation.mutants import Mutant, mutants
from policygen.mutation.result import Mutation, Survivor
from policygen.mutation.run import Keeper, fingerprint, mutate

__all__ = ["Keeper", "Mutant", "Mutation", "Survivor", "fingerprint", "mutants", "mutate"]
