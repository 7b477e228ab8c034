"""Judging a list of steps: each step by AWS's rules, then the end by what is required."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policygen.migration import bucket_steps, key_steps, object_steps
from policygen.migration.requirements import judge_end
from policygen.migration.result import ProposalVerdict
from policygen.migration.simulation import Simulation
from policygen.migration.state import state_of
from policygen.spec.migration_model import (
    BatchReplication,
    ConvertKey,
    CopyObjects,
    CreateBucket,
    CreateKey,
    EnableReplication,
    EnableVersioning,
    Migration,
    MigrationStep,
    ReplicateKey,
    ScheduledCopy,
    SetDefaultEncryption,
    ShareKey,
    UpdateObjectEncryption,
)
from policygen.spec.model import Spec

_HANDLERS: dict[type[MigrationStep], Callable[[Simulation, Any], None]] = {
    CreateKey: key_steps.create_key,
    ConvertKey: key_steps.convert_key,
    ReplicateKey: key_steps.replicate_key,
    ShareKey: key_steps.share_key,
    CreateBucket: bucket_steps.create_bucket,
    SetDefaultEncryption: bucket_steps.set_default_encryption,
    EnableVersioning: bucket_steps.enable_versioning,
    EnableReplication: object_steps.enable_replication,
    BatchReplication: object_steps.batch_replication,
    CopyObjects: object_steps.copy_objects,
    UpdateObjectEncryption: object_steps.update_object_encryption,
    ScheduledCopy: object_steps.scheduled_copy,
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
        _HANDLERS[type(step)](simulation, step)
    judge_end(simulation)
    return ProposalVerdict(name=name, broken=simulation.broken, notes=simulation.notes)
