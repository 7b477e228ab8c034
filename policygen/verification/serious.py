"""How bad it is that a request is allowed which nobody asked for: by whom, and what it does."""

from __future__ import annotations

from policygen.proofs.kinds import World
from policygen.request import Principal, PrincipalKind
from policygen.spec.model import Spec
from policygen.verification.requests.others import assumed_roles, grantees

_READS_DATA = (
    "s3:getobject",
    "s3:getobjectversion",
    "s3:getobjectversionforreplication",
    "s3:getobjecttorrent",
    "s3:getobjectannotation",  # a payload of up to 1 MiB
    "s3:getobjectversionannotation",
    "s3:getobjectversionannotationforreplication",
    "secretsmanager:getsecretvalue",
    "secretsmanager:batchgetsecretvalue",
    "ssm:getparameter",
    "ssm:getparameters",
    "ssm:getparametersbypath",
)
_METADATA = ("s3:get", "s3:list", "kms:get", "kms:list", "kms:describe", "iam:get", "iam:list")


class Named:
    """Whom a spec names, and what is harmless in their hands."""

    def __init__(self, spec: Spec) -> None:
        """Collect the principals of a spec."""
        self._principals = {principal for _, principal in grantees(spec)}
        self._principals |= {role.arn for role in assumed_roles(spec)}
        self._principals |= {principal for bucket in spec.buckets for principal in bucket.guards.exempt}
        self._principals |= {spec.deployer} if spec.deployer is not None else set()
        self._accounts = {principal.split(":")[4] for principal in self._principals if principal.endswith(":root")}

    def is_named(self, caller: Principal) -> bool:
        """Tell whether a spec names a caller, its role or its whole account."""
        return caller.account in self._accounts or not self._principals.isdisjoint({caller.arn, caller.principal_arn})

    def is_serious(self, world: World, action: str) -> bool:
        """Tell whether something unasked is an error: any right of an outsider; of others, all that reads no metadata.

        Metadata are settings, policies and lists: neither the data of objects nor secrets.
        """
        return not self.is_named(world.caller) or not is_metadata(action)


def is_metadata(action: str) -> bool:
    """Tell whether an action, in lower case, only reads settings, policies and lists."""
    return action.startswith(_METADATA) and action not in _READS_DATA


def outsider(caller: Principal) -> str:
    """Return who a caller is, in words."""
    if caller.kind is PrincipalKind.ANONYMOUS:
        return "anybody"
    if caller.kind is PrincipalKind.SERVICE:
        return f"the service `{caller.arn}`"
    return f"`{caller.role_arn or caller.arn}`"
