"""Diagnosis: from a request that failed to its cause, the statement to change, and the statement as it should be."""

from policygen.verification.diagnosis.diagnose import diagnose
from policygen.verification.diagnosis.locate import Policies

__all__ = ["Policies", "diagnose"]
