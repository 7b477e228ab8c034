"""Judging a list of steps: each step by AWS's rules, then the end by what is required."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policygen.migration import bucket_steps, key_steps, object_steps
from policygen.migration.requirements import judge_end
from policygen.migration.result import ProposalVerdict
from policygen.migration.simulation import Simulation
from policygen.migration.state import state_of
from policygen.spec.migration_model import Migration, MigrationStep
from policygen.spec.model import Spec

_HANDLERS: dict[str, Callable[[Simulation, Any], None]] = {
    "create-key": key_steps.create_key,
    "convert-key": key_steps.convert_key,
    "replicate-key": key_steps.replicate_key,
    "share-key": key_steps.share_key,
    "create-bucket": bucket_steps.create_bucket,
    "set-default-encryption": bucket_steps.set_default_encryption,
    "enable-versioning": bucket_steps.enable_versioning,
    "enable-replication": object_steps.enable_replication,
    "batch-replication": object_steps.batch_replication,
    "copy-objects": object_steps.copy_objects,
    "update-object-encryption": object_steps.update_object_encryption,
    "scheduled-copy": object_steps.scheduled_copy,
}


def judge(spec: Spec, migration: Migration, steps: tuple[MigrationStep, ...], name: str = "") -> ProposalVerdict:
    """Return the verdict on a list of steps.

    Args:
        spec: What there is today.
        migration: What is required.
        steps: The steps, in their order.
        name: The proposal's name.
    """
    simulation = Simulation(state_of(spec, migration), migration, spec.partition, steps)
    for simulation.position, step in enumerate(steps, 1):
        _HANDLERS[step.kind](simulation, step)
    judge_end(simulation)
    return ProposalVerdict(name=name, broken=tuple(simulation.broken), notes=tuple(simulation.notes))
