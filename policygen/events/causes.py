"""What a record cannot tell, and why."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

ACTION, PRINCIPAL, RESOURCE, OWNER = "action", "principal", "resource", "resource account"
"""Names of facts that are no condition keys."""

POLICIES_OF = "the policies of "
"""What the names of facts begin with that the environment does not know; the ARN follows."""


class Cause(Enum):
    """Why a record does not tell something; the value is the end of a sentence for people."""

    NOT_A_CALL = "the record is of no call that policies decide"
    AGGREGATED = "an aggregated record counts calls and does not tell them apart"
    UNKNOWN_SERVICE = "the catalogue knows no service of this name"
    UNKNOWN_OPERATION = "the catalogue knows no action for this operation"
    NOT_READABLE = "what the record has in its place cannot be read"
    OTHER_ACCOUNT = "a caller of another account is recorded without its name"
    NO_PRINCIPAL = "the record does not name the caller"
    IDENTITY_CENTER = "a user of Identity Center is no IAM principal"
    NO_RESOURCE = "the record does not name the resource"
    NO_PARAMETERS = "the record of this failed call has no parameters"
    HIDDEN = "CloudTrail hides the parameter or leaves it out for its length"
    PATH = "the record has the name without its path"
    SUFFIX = "the record has the secret's name without the end of its ARN"
    ROLE_OF_PROFILE = "the record names the instance profile and not its role"
    NO_OWNER = "the record does not tell which account owns the resource"
    SESSION_TAGS = "the tags of a session are not recorded"
    PRINCIPAL_TAGS = "the tags of a user or role are not recorded"
    RESOURCE_TAGS = "the tags of a resource are not recorded"
    RESOURCE_PROPERTIES = "the properties of a resource are not recorded"
    ORGANIZATION = "organizations are not recorded"
    VPC = "the VPC endpoint is recorded and not its VPC"
    SOURCE = "for which resource an AWS service calls is not recorded"
    SESSION = "where the session's credentials come from is not recorded"
    MFA_AGE = "how long ago MFA was used is not recorded"
    FORWARDING = "whether the service forwards the caller's call or makes its own is not recorded"
    CALL_CHAIN = "of the services that forward a call the last alone is recorded"
    ADDRESS = "of a service the name is recorded and not the address"
    USER_AGENT = "of a service the name is recorded and not the user agent"
    TLS = "the record has no details of TLS"
    NO_POLICIES = "the environment does not hold its policies"
    NOT_RECORDED = "CloudTrail does not record it, or it is not known where"


class Unknown(NamedTuple):
    """One thing that a record does not tell.

    Attributes:
        name: ``action``, ``principal``, ``resource``, ``resource account``, or a condition key; a family of keys ends
            in the character before the part that varies.
        cause: Why.
    """

    name: str
    cause: Cause


Told = str | tuple[str, ...] | Cause | None
"""What a record tells of a key: a value or several, why it does not tell, or that the call carried none."""
