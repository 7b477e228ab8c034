"""AWS Organizations: to whom SCPs apply, and to which resources RCPs apply."""

from __future__ import annotations

from policygen.aws.arns import is_service_linked_role
from policygen.evaluation.policies import Settings
from policygen.evaluation.services.kms import is_aws_managed_alias
from policygen.request.model import Request
from policygen.request.principal import IDENTITIES

RCP_SERVICES = frozenset(
    """appconfig aoss appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch
    cloudtrail-data codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend
    comprehendmedical compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms
    gamelift health inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor notifications opensearch
    pca-connector-ad personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery signin
    sqs sts support swf textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray""".split()
)
"""Service prefixes that support RCPs (E64); the list grows.

Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

OUTSIDE_SCP = frozenset({"mechanicalturk"})


def why_no_scp(request: Request, settings: Settings) -> str | None:
    """Return why SCPs do not apply to the caller; None when they do.

    Fact: E46, E49, E50, E55
    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    """
    caller = request.principal
    if caller.kind not in IDENTITIES:
        return f"SCPs do not apply to a caller of this kind: {caller.kind.value}"
    if caller.is_service_linked_role:
        return "SCPs do not apply to service-linked roles"
    if caller.account == settings.management_account:
        return "SCPs do not apply to the management account"
    if request.service in OUTSIDE_SCP:
        return "SCPs cannot restrict this service"
    return None


def why_no_rcp(request: Request, settings: Settings) -> str | None:
    """Return why RCPs do not apply to the resource; None when they do.

    Unspecified: what an RCP does for a service that does not support RCPs (E65, E270); here it does nothing. The same
    holds for an action that is authorized on no resource (E66).

    Fact: E59, E60, E62, E64, E66
    Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    if settings.management_account is not None and request.resource_account == settings.management_account:
        return "RCPs do not apply to resources of the management account"
    if request.principal.is_service_linked_role:
        return "RCPs do not apply to calls by service-linked roles"
    if request.service == "sts" and is_service_linked_role(request.resource):
        return "RCPs do not apply to trust policies of service-linked roles"
    if request.action.lower() == "kms:retiregrant":
        return "RCPs do not apply to kms:RetireGrant"
    if is_aws_managed_alias(request):
        return "RCPs do not apply to AWS managed keys"
    if request.service not in RCP_SERVICES:
        return f"RCPs do not support the service `{request.service}`"
    if request.arn is None:
        return "the action is authorized on no resource"
    return None
