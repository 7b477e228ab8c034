"""The classes of differences between policygen and iam-simulate, each with what AWS says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.peers import predicates
from tests.peers.differences import Difference

_AWS = "https://docs.aws.amazon.com"
_IAM = f"{_AWS}/IAM/latest/UserGuide"
_OPERATORS = f"{_IAM}/reference_policies_elements_condition_operators.html"
_SETS = f"{_AWS}/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html"
_VARIABLES = f"{_IAM}/reference_policies_variables.html"
_DENY_OR_ALLOW = f"{_IAM}/reference_policies_evaluation-logic_policy-eval-denyallow.html"
_CHECKS = f"{_IAM}/access-analyzer-reference-policy-checks.html"
_BUCKET_POLICY = f"{_AWS}/AmazonS3/latest/API/API_PutBucketPolicy.html"
_RCPS = f"{_AWS}/organizations/latest/userguide/orgs_manage_policies_rcps.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceClass:
    """Differences with one cause.

    Attributes:
        name: The cause.
        fits: Whether a difference, cut down, has it.
        ours: What policygen says.
        theirs: What iam-simulate says.
        says: What AWS says.
        facts: Ids in docs/facts.md.
        url: AWS's page.
        beside: What is to be added, after the page.
    """

    name: str
    fits: Callable[[Difference], bool]
    ours: str
    theirs: str
    says: str
    facts: tuple[str, ...]
    url: str
    beside: str = ""


CLASSES = (
    DifferenceClass(
        name="KMS without credentials",
        fits=predicates.key_without_credentials,
        ours="implicitDeny",
        theirs="allowed",
        says='`"*"` in a key policy means every identity that has rights of its own; KMS takes signed requests only',
        facts=("K30",),
        url=f"{_AWS}/kms/latest/developerguide/determining-access-key-policy.html",
    ),
    DifferenceClass(
        name="GetSessionToken of an IAM user or a root user",
        fits=predicates.session_token_of_a_user,
        ours="allowed",
        theirs="what the policies say",
        says="it needs no permission, and no policy controls it",
        facts=("E278",),
        url=f"{_IAM}/id_credentials_temp_control-access_getsessiontoken.html",
    ),
    DifferenceClass(
        name="STS operations with credentials that they do not take",
        fits=predicates.caller_that_sts_does_not_take,
        ours="implicitDeny",
        theirs="what the policies say",
        says="no AssumeRole by root users or without credentials, no GetSessionToken or GetFederationToken by role "
        "sessions, nothing but GetCallerIdentity by federated users",
        facts=("E277", "E278", "E279"),
        url=f"{_IAM}/id_credentials_sts-comparison.html",
    ),
    DifferenceClass(
        name="GetFederationToken beside a policy of a resource",
        fits=predicates.federation_token_and_a_policy_of_a_resource,
        ours="asks the identity-based policy",
        theirs="asks the policy of the resource, which the call does not have",
        says="it needs a permission of the user (inferred: nothing that it is called on has a policy)",
        facts=("E278",),
        url=f"{_IAM}/id_credentials_sts-comparison.html",
    ),
    DifferenceClass(
        name="the bucket owner's root user and its bucket policy, which denies",
        fits=predicates.owner_and_a_bucket_policy_that_denies,
        ours="allowed",
        theirs="explicitDeny",
        says="it may always get, put and delete the bucket policy",
        facts=("E44",),
        url=_BUCKET_POLICY,
    ),
    DifferenceClass(
        name="GetBucketPolicy, PutBucketPolicy and DeleteBucketPolicy from outside the bucket owner's account",
        fits=predicates.bucket_policy_of_another_account,
        ours="implicitDeny",
        theirs="allowed",
        says="they work in the owner's account only",
        facts=("E110",),
        url=_BUCKET_POLICY,
    ),
    DifferenceClass(
        name="KMS operations that do not work across accounts, such as PutKeyPolicy",
        fits=predicates.kms_operation_of_another_account,
        ours="implicitDeny",
        theirs="allowed",
        says="they fail even when both policies allow them",
        facts=("E84",),
        url=f"{_AWS}/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
    ),
    DifferenceClass(
        name="a caller of another partition",
        fits=predicates.caller_of_another_partition,
        ours="implicitDeny",
        theirs="allowed, as if of the same partition",
        says="access never crosses partitions",
        facts=("E41",),
        url=f"{_IAM}/reference_policies_elements_principal.html",
    ),
    DifferenceClass(
        name="a root user with identity-based policies or a boundary, which no root user can have",
        fits=predicates.policies_of_a_root_user,
        ours="does not consult them",
        theirs="applies them",
        says="they cannot be attached to root users",
        facts=("E43",),
        url=f"{_IAM}/access_policies.html",
    ),
    DifferenceClass(
        name="the root user of the resource's account, which needs no Allow",
        fits=predicates.root_user_of_the_owner,
        ours="allowed",
        theirs="implicitDeny",
        says="root users have access by default",
        facts=("E1",),
        url=_DENY_OR_ALLOW,
    ),
    DifferenceClass(
        name='a root user that the resource\'s policy names, alone, by its account or as `"*"`',
        fits=predicates.named_root_user,
        ours="allowed",
        theirs="implicitDeny",
        says="who names the account delegates to its users and roles, but grants to its root user, the other account's "
        "too",
        facts=("E13", "E40"),
        url=f"{_IAM}/access_policies-cross-account-resource-access.html",
    ),
    DifferenceClass(
        name="AssumeRole with session tags or a source identity",
        fits=predicates.role_with_tags_or_source_identity,
        ours="wants TagSession and SetSourceIdentity allowed, too",
        theirs="wants AssumeRole only",
        says="passing tags or a source identity is a permission of its own",
        facts=("E275", "E75"),
        url=f"{_IAM}/id_session-tags.html",
    ),
    DifferenceClass(
        name="AssumeRole, TagSession and SetSourceIdentity in one account without a trust policy that allows",
        fits=predicates.role_that_trusts_nobody,
        ours="implicitDeny",
        theirs="allowed by the identity-based policies",
        says="those alone never allow it",
        facts=("E72",),
        url=f"{_AWS}/STS/latest/APIReference/API_AssumeRole.html",
    ),
    DifferenceClass(
        name="a federated user without a session policy",
        fits=predicates.federated_user_without_session_policy,
        ours="implicitDeny",
        theirs="allowed by its identity-based policies",
        says="it has nothing but what resource-based policies grant to it",
        facts=("E31",),
        url=f"{_IAM}/id_credentials_temp_control-access_getfederationtoken.html",
    ),
    DifferenceClass(
        name="SCPs given with a request of an AWS service",
        fits=predicates.scps_of_a_service,
        ours="does not consult them",
        theirs="applies them",
        says="SCPs do not apply to services",
        facts=("E46", "E50"),
        url=f"{_AWS}/organizations/latest/userguide/orgs_manage_policies_scps.html",
    ),
    DifferenceClass(
        name="RCPs that deny `kms:RetireGrant`, or what the trust policy of a service-linked role decides",
        fits=predicates.rcps_that_do_not_apply,
        ours="does not consult them",
        theirs="explicitDeny",
        says="RCPs do not apply to either",
        facts=("E62", "E49"),
        url=_RCPS,
    ),
    DifferenceClass(
        name="RCPs that deny an action without a resource, such as `s3:ListAllMyBuckets`",
        fits=predicates.rcps_without_a_resource,
        ours="does not consult them",
        theirs="explicitDeny",
        says="RCPs apply to the resources on which an action is authorized (for none of them: inferred)",
        facts=("E66",),
        url=_RCPS,
    ),
    DifferenceClass(
        name="Deny with NotPrincipal that lists only a part of session, role and account, or of user and account",
        fits=predicates.not_principal_in_part,
        ours="explicitDeny",
        theirs="the Deny does not apply",
        says="to spare a session, list all three",
        facts=("E118",),
        url=f"{_IAM}/reference_policies_elements_notprincipal.html",
        beside="; for users and federated users AWS says it less plainly",
    ),
    DifferenceClass(
        name="an empty list of actions or resources",
        fits=predicates.statement_of_nothing,
        ours="the statement is void",
        theirs="NotAction and NotResource cover all",
        says="such a statement does nothing",
        facts=("E150",),
        url=_CHECKS,
    ),
    DifferenceClass(
        name="an empty list of condition values",
        fits=predicates.condition_of_nothing,
        ours="the condition does not hold for a key that is present",
        theirs="negated operators hold",
        says="ForAnyValue never holds, IfExists and ForAllValues for an absent key only; about plain operators the "
        "page contradicts itself",
        facts=("E151", "E263"),
        url=_CHECKS,
    ),
    DifferenceClass(
        name="Null with a set operator",
        fits=predicates.null_with_a_set_operator,
        ours="ForAllValues holds, ForAnyValue does not",
        theirs="Null alone decides",
        says="with ForAllValues it always holds, with ForAnyValue never",
        facts=("E152",),
        url=_CHECKS,
    ),
    DifferenceClass(
        name="Null on a key with an empty list of values",
        fits=predicates.null_of_no_value,
        ours="takes the key for absent",
        theirs="takes it for present",
        says="present means present and not null (for an empty list: inferred)",
        facts=("E195",),
        url=_OPERATORS,
    ),
    DifferenceClass(
        name="a set operator on a multivalued key whose only value is empty",
        fits=predicates.set_operator_on_an_empty_value,
        ours="takes the key for one without values",
        theirs="compares the empty text",
        says="ForAllValues holds for a key that resolves to an empty data set, such as an empty text; ForAnyValue "
        "does not",
        facts=("E280",),
        url=_SETS,
    ),
    DifferenceClass(
        name="a date condition in seconds since 1970",
        fits=predicates.seconds_since_1970,
        ours="compares the instants",
        theirs="takes the number for another instant",
        says="dates are ISO 8601 or seconds since 1970",
        facts=("E206",),
        url=_OPERATORS,
    ),
    DifferenceClass(
        name="a condition with 0.0.0.0/0 for an IPv4 caller",
        fits=predicates.every_ipv4_address,
        ours="every IPv4 address is in it",
        theirs="none is",
        says="bits after the prefix are ignored: here all of them",
        facts=("E216",),
        url=_CHECKS,
    ),
    DifferenceClass(
        name="NotIpAddress with one IPv4 address for an IPv6 caller",
        fits=predicates.not_ip_address_of_the_other_kind,
        ours="the condition holds",
        theirs="it does not",
        says="an IPv6 address is in no IPv4 range (inferred)",
        facts=("E215",),
        url=_OPERATORS,
    ),
    DifferenceClass(
        name="conditions on `kms:EncryptionContext:…`, or on `kms:CallerAccount` in ListKeys",
        fits=predicates.key_that_is_left_out,
        ours="judges the key",
        theirs="reports it as ignored",
        says="both are condition keys of these operations",
        facts=("E94", "K17"),
        url=f"{_AWS}/kms/latest/developerguide/conditions-kms.html",
    ),
    DifferenceClass(
        name="a policy variable with an empty value in a resource",
        fits=predicates.variable_of_an_empty_value,
        ours="the empty text stands in its place",
        theirs="matches no resource",
        says="the empty text is a value (for variables: inferred)",
        facts=("E202",),
        url=_OPERATORS,
    ),
    DifferenceClass(
        name="`${…}` in a policy without Version 2012-10-17",
        fits=predicates.variable_of_an_old_version,
        ours="text",
        theirs="a variable",
        says="variables need 2012-10-17",
        facts=("E121",),
        url=_VARIABLES,
    ),
    DifferenceClass(
        name="NotResource with a policy variable that the request has no value for",
        fits=predicates.not_resource_without_value,
        ours="the entry matches no resource, so NotResource covers all",
        theirs="the statement does not apply",
        says="the entry matches no resource",
        facts=("E179",),
        url=_VARIABLES,
    ),
    DifferenceClass(
        name="a negated operator whose value is a policy variable without a value",
        fits=predicates.negated_variable_without_value,
        ours="the condition holds",
        theirs="it does not",
        says="such a variable matches nothing, so negated operators hold",
        facts=("E178",),
        url=_VARIABLES,
    ),
    DifferenceClass(
        name="ForAnyValue with IfExists on a key that the request lacks",
        fits=predicates.for_any_value_if_exists,
        ours="the condition holds",
        theirs="it does not",
        says="IfExists holds when the key is absent",
        facts=("E192",),
        url=_OPERATORS,
    ),
    DifferenceClass(
        name="a wildcard before the first `/` of a resource, as in `…:ke?/mrk-1`; in S3 only beside a wildcard for "
        "Region or account",
        fits=predicates.wildcard_before_the_slash,
        ours="a wildcard as any other",
        theirs="matches no resource",
        says="`*` and `?` may stand in every field but the service",
        facts=("E166", "E167"),
        url=f"{_IAM}/reference_policies_elements_resource.html",
        beside=f"; [the page on ARNs]({_IAM}/reference-arns.html) forbids them in a resource type, without saying what "
        "they then match",
    ),
    DifferenceClass(
        name="a resource-based Allow that names the session itself (role session or federated user) beside a session "
        "policy without Allow",
        fits=predicates.session_that_is_named,
        ours="allowed",
        theirs="implicitDeny",
        says="nothing silent limits a grant to the session itself",
        facts=("E17", "E19"),
        url=_DENY_OR_ALLOW,
    ),
    DifferenceClass(
        name='a resource-based Allow for `"*"` beside a session policy without Allow',
        fits=predicates.session_of_everybody,
        ours="allowed",
        theirs="implicitDeny",
        says="without a condition on aws:PrincipalArn AWS does not say so",
        facts=("E265",),
        url=f"{_IAM}/reference_policies_elements_principal.html",
    ),
)
"""In the order in which they are tried: who asks for what first, elements of statements after it."""


def class_of(found: Difference) -> DifferenceClass | None:
    """Return the first class that fits a difference, cut down; None when none does."""
    return next((each for each in CLASSES if each.fits(found)), None)
