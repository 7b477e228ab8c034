"""From a spec to its plan."""

from __future__ import annotations

from policygen.errors import Place, Problem, SpecError
from policygen.migration.judge import judge
from policygen.migration.result import Plan
from policygen.migration.strategies import find_strategies
from policygen.spec.migration_model import Migration
from policygen.spec.model import Spec


def plan_spec(spec: Spec) -> Plan:
    """Return the plan of a spec: a verdict on each proposal, and ways that reach the target.

    Raises:
        SpecError: PG-P001 when the spec has no ``migration``.
    """
    migration = spec.migration
    if migration is None:
        hint = "add `migration:` with `current`, `require` and `proposals`; docs/plan.md shows one"
        message = "the spec has no `migration`: there is nothing to plan"
        raise SpecError(Problem(code="PG-P001", message=message, place=Place(source=spec.source), hint=hint))
    verdicts = (judge(spec, migration, each.steps, each.name) for each in migration.proposals)
    return Plan(
        spec=spec.source,
        target=_target(spec, migration),
        proposals=tuple(verdicts),
        recommended=find_strategies(spec, migration),
    )


def _target(spec: Spec, migration: Migration) -> str:
    require = migration.require
    home = spec.bucket(migration.current.bucket).region
    parts = [f"`{migration.current.bucket}` in {home} also in {require.replicate_to}"]
    if require.same_key_in_both_regions:
        parts.append("the same key in both Regions")
    if require.recovery_point_objective is not None:
        parts.append(f"at most {require.recovery_point_objective} of data lost")
    if require.existing_objects:
        parts.append("existing objects too")
    return ", ".join(parts)
