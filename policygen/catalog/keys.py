"""Condition keys: what a key is, and the global ones, which the service authorization reference does not list.

Only names, types and numbers of values; what a request carries is :mod:`policygen.request` and
:mod:`policygen.evaluation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class KeyType(Enum):
    """What a condition key's values are."""

    STRING = "String"
    ARN = "ARN"
    BOOL = "Bool"
    NUMERIC = "Numeric"
    DATE = "Date"
    IP_ADDRESS = "IPAddress"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionKey:
    """One condition key, or a family of keys such as ``aws:ResourceTag/``.

    Attributes:
        name: As AWS spells it; a family ends in the character before the part that varies.
        types: What its values are; ``aws:EpochTime`` alone is two things.
        multivalued: Whether a request may carry several values.
        listed: Whether the reference says action by action which requests carry it; of most global keys it does not.
    """

    name: str
    types: tuple[KeyType, ...]
    multivalued: bool = False
    listed: bool = True

    @property
    def is_family(self) -> bool:
        """Whether the name goes on with something of the user's: a tag key, an encryption context key."""
        return self.name.endswith(("/", ":"))


_GLOBAL = {
    "String": """aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalTag/ aws:PrincipalServiceName aws:PrincipalType
        aws:userid aws:username aws:FederatedProvider aws:Ec2InstanceSourceVpc aws:SourceIdentity glue:RoleAssumedBy
        glue:CredentialIssuingService identitystore:UserId aws:SourceVpc aws:SourceVpce aws:VpceAccount aws:VpceOrgID
        aws:ResourceAccount aws:ResourceOrgID aws:ResourceTag/ aws:CalledViaFirst aws:CalledViaLast
        aws:ViaCustomerDomain aws:CalledViaAWSMCP aws:referer aws:RequestedRegion aws:RequestTag/ aws:SourceAccount
        aws:SourceOrgID aws:SourceOwner aws:UserAgent aws:PrincipalOrgMasterAccountId""",
    "String[]": """aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:VpceOrgPaths aws:ResourceOrgPaths
        aws:CalledVia aws:TagKeys aws:SourceOrgPaths""",
    "ARN": """aws:PrincipalArn aws:SignInSessionArn aws:ChatbotSourceArn ec2:SourceInstanceArn codebuild:BuildArn
        codebuild:ProjectArn lambda:SourceFunctionArn ssm:SourceInstanceArn aws:SourceVpcArn aws:SourceArn""",
    "Bool": """aws:PrincipalIsAWSService aws:AssumedRoot aws:MultiFactorAuthPresent aws:ViaAWSService
        aws:ViaAWSMCPService aws:SecureTransport aws:IsMcpServiceAction""",
    "Numeric": "aws:MultiFactorAuthAge ec2:RoleDelivery",
    "Date": "aws:TokenIssueTime aws:CurrentTime",
    "Date, Numeric": "aws:EpochTime",
    "IPAddress": "aws:Ec2InstanceSourcePrivateIPv4 aws:SourceIp aws:VpcSourceIp",
}
"""The global keys (G1 to G62), and two more: aws:SourceOwner, which S3's rules for public policies name (S40), and
aws:PrincipalOrgMasterAccountId, which only AWS's managed policy AWSSSOServiceRolePolicy uses.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

_UNLISTED = {
    "String": "kms:PolicyName kms:RecipientAttestation:",
    "ARN": "cognito-identity-unauth:IdentityPoolArn",
}
"""Keys of services that the reference does not list by that name.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
Source: https://github.com/aws-samples/resource-control-policy-examples
"""


_LISTED = ("aws:RequestTag/", "aws:ResourceTag/", "aws:TagKeys")
"""Global keys that the reference lists action by action (G42, G54, G55)."""


def _rows() -> Iterator[ConditionKey]:
    for table in (_GLOBAL, _UNLISTED):
        for kind, names in table.items():
            types = tuple(KeyType(each) for each in kind.removesuffix("[]").split(", "))
            for name in names.split():
                multivalued, listed = kind.endswith("[]"), name in _LISTED
                yield ConditionKey(name=name, types=types, multivalued=multivalued, listed=listed)


_BY_NAME = {key.name.lower(): key for key in _rows()}
_FAMILIES = tuple(name for name, key in _BY_NAME.items() if key.is_family)

GLOBAL_KEYS = tuple(key.name for key in _BY_NAME.values() if key.name.startswith("aws:"))
"""Names of every global condition key; another name that begins with ``aws:`` does not exist."""


def find_global_key(name: str) -> ConditionKey | None:
    """Return the global key called ``name``, or the family it belongs to; None when there is none.

    >>> find_global_key("aws:resourcetag/team").name
    'aws:ResourceTag/'
    """
    lowered = name.lower()
    found = _BY_NAME.get(lowered)
    if found is not None:
        return found
    return next((_BY_NAME[family] for family in _FAMILIES if lowered.startswith(family)), None)
