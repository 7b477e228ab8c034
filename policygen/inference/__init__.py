"""From what was read of accounts to a spec: each value with where it stands, and what had to be assumed.

A spec says what a replication configuration, the settings of buckets and what is told of keys are meant to be. What
policies say is judged against it, and never makes it: a policy that names another key than the configuration is a cause
of failure. From the bottom: ``values`` are values with where they come from; ``known`` is what was read, by what it is
about; ``given`` is what the statements of policies give; ``keys``, ``buckets`` with ``bucket_policies``, ``roles`` and
``rules`` each infer their part; ``infer`` puts a spec together; ``written`` writes it down with its sources.
"""

from policygen.inference.diagnosed import Diagnosed, DiagnosedReplication
from policygen.inference.infer import Inferred, infer, is_named
from policygen.inference.known import Known
from policygen.inference.roles import with_sources
from policygen.inference.values import InferredField
from policygen.inference.written import spec_text, spec_text_with_sources

__all__ = [
    "Diagnosed",
    "DiagnosedReplication",
    "Inferred",
    "InferredField",
    "Known",
    "infer",
    "is_named",
    "spec_text",
    "spec_text_with_sources",
    "with_sources",
]
