"""Plans: keys, buckets and replication as a small model of states, with AWS's preconditions and effects.

The model judges proposals step by step, and finds ways of its own by judging candidates. It decides nothing about
policies, and shares nothing with generation or evaluation.
"""

from __future__ import annotations

from policygen.migration.plan import plan_spec
from policygen.migration.result import Broken, Plan, ProposalVerdict, Strategy
from policygen.migration.rules import RULES, MigrationRule

__all__ = ["RULES", "Broken", "MigrationRule", "Plan", "ProposalVerdict", "Strategy", "plan_spec"]
