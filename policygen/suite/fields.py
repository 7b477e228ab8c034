"""The formats of suites and environment files, as tables.

From these tables come the loader, the JSON Schemas and the reference pages (:mod:`policygen.fields`).
"""

from __future__ import annotations

from policygen.fields.table import (
    Field,
    Form,
    Kind,
    block_field,
    bool_field,
    choice_field,
    either_field,
    list_field,
    map_field,
    text_field,
)

_VERSION = choice_field("version", "Version of the format", ("1",), required=True)
_DOCUMENT = Field(kind=Kind.DOCUMENT)
_LEVEL = list_field("level", "The policies of one level", _DOCUMENT, None)
_GRANTS = list_field(
    "grants", "KMS grants, as ListGrants prints them", Field(name="grant", kind=Kind.OBJECT), None, facts="K21"
)
_TAGS = map_field("tags", "Tags")


def _document(name: str, doc: str, facts: str = "") -> Field:
    return Field(name=name, doc=doc, kind=Kind.DOCUMENT, facts=facts)


def _documents(name: str, doc: str) -> Field:
    return list_field(name, doc, _DOCUMENT, None, single=True)


def _levels(name: str, doc: str, facts: str) -> Field:
    return list_field(name, f"{doc}: a list for each level, root first", _LEVEL, None, facts=facts)


def _texts(name: str, doc: str) -> Field:
    return list_field(name, doc, default=None, single=True)


_SERVICE_CONTROL = _levels("service_control", "SCPs", "E52 E53")
_RESOURCE_CONTROL = _levels("resource_control", "RCPs", "E59")

BLOCK_PUBLIC_ACCESS = block_field(
    "block_public_access",
    "Settings of S3 Block Public Access; those left out are off",
    *(
        bool_field(name, "", facts="E105")
        for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    ),
)

POLICIES = block_field(
    "policies",
    "Policies: a document inline, a path relative to the file, or `{name: …, document: …}`",
    _documents("identity_based", "Identity-based policies"),
    _documents("resource_based", "Resource-based policies: bucket policy, key policy, trust policy …"),
    _document("permissions_boundary", "The permissions boundary", "E22"),
    list_field(
        "session",
        "Session policies; left out means that none was passed. A list of lists is a session of a session: one list a "
        "session, each of which must allow",
        either_field("session", "", list_field("session", "", _DOCUMENT, None), _DOCUMENT),
        None,
        single=True,
        facts="E30 N12",
    ),
    _SERVICE_CONTROL,
    _RESOURCE_CONTROL,
    _document("vpc_endpoint", "The VPC endpoint's policy; given, the request goes through that endpoint"),
    _GRANTS,
)

SETTINGS = block_field(
    "settings",
    "What decides beside the policies",
    BLOCK_PUBLIC_ACCESS,
    text_field("management_account", "The organization's management account, which no SCP or RCP affects", facts="E50"),
    choice_field(
        "vpc_endpoint_type", "Type of the VPC endpoint; without it the service's usual one", ("gateway", "interface")
    ),
    bool_field(
        "default_encryption_visible",
        "Whether the bucket's default encryption is in the context of an upload without an encryption header",
        facts="S6",
    ),
)

PRINCIPAL = block_field(
    "principal",
    "Who calls",
    text_field("arn", "An ARN, a service principal, or `anonymous`"),
    text_field("role", "ARN of the session's role, where its path is not `/`"),
    text_field("user", "ARN of the user who called GetFederationToken"),
    text_field("unique_id", "The unique id, for aws:userid"),
    map_field("tags", "Principal tags"),
    short="arn",
)

REQUEST = block_field(
    "request",
    "The request; every combination of several principals, actions and resources must meet the expectation",
    list_field("principal", "Who calls", PRINCIPAL, None, single=True),
    _texts("action", "Actions, such as `s3:GetObject`"),
    _texts("resource", "ARNs of resources; without it `*`"),
    text_field("resource_account", "Account of the resource, where its ARN carries none"),
    map_field(
        "context",
        "Condition context keys; what is stated wins over what would be derived",
        either_field("", "", text_field("", ""), list_field("", "", default=None), nullable=True),
    ),
)

EXPECT = block_field(
    "expect",
    "What is expected: a decision, or a mapping of `decision`, `statements` and `missing_context`",
    choice_field(
        "decision",
        "The decision; `denied` is either kind of deny",
        ("allowed", "denied", "explicitDeny", "implicitDeny"),
    ),
    _texts("statements", "Sids, or `#index`, of exactly the statements that decide"),
    _texts("missing_context", "Exactly the context keys that are missing"),
    required=True,
    short="decision",
    example="allowed",
)

TEST = block_field(
    "test",
    "A test",
    text_field("id", "Its id, unique in the suite"),
    text_field("name", "Its name"),
    text_field("source", "The page that fixes the answer"),
    text_field("why", "A sentence"),
    POLICIES,
    SETTINGS,
    REQUEST,
    EXPECT,
)

SUITE = block_field(
    "suite",
    "A test suite",
    _VERSION,
    text_field("spec", "Path of a spec: the tests are about what it generates"),
    text_field("environment", "Path of an environment file that the tests are about"),
    POLICIES,
    SETTINGS,
    block_field("defaults", "What stands under every test", REQUEST),
    list_field(
        "tests",
        "Tests: requests with their expected outcomes",
        TEST,
        required=True,
        example="[{request: {…}, expect: allowed}]",
    ),
)

_ACCOUNT_ID = Form(what="account id", hint="12 digits, in quotes", pattern=r"\d{12}", example="111122223333")
_MOST_UNITS = 5
"""How deep AWS nests organizational units.

Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

_ATTACHED = (
    list_field("service_control", "The SCPs attached to it; without it SCPs say nothing here", _DOCUMENT, None),
    list_field("resource_control", "The RCPs attached to it", _DOCUMENT, None),
    choice_field(
        "s3_policy",
        "What its S3 policy sets for all four settings of Block Public Access; the nearest to an account counts",
        ("all", "none"),
        facts="N4",
    ),
)


def _unit(name: str, doc: str, deeper: int, *more: Field) -> Field:
    """Return the root, or a unit, with as many depths of units in it as ``deeper`` says."""
    fields = [
        *more,
        *_ATTACHED,
        map_field("accounts", "The accounts in it", block_field("account", "An account", *_ATTACHED), key=_ACCOUNT_ID),
    ]
    if deeper:
        below = _unit(f"unit_{_MOST_UNITS + 1 - deeper}", "An organizational unit", deeper - 1)
        fields.append(map_field("units", "The organizational units in it, by id", below))
    return block_field(name, doc, *fields)


ENVIRONMENT = block_field(
    "environment",
    "An environment file",
    _VERSION,
    block_field(
        "organization",
        "The AWS organization",
        text_field("id", "Its id; with it, requests carry the organization of caller and resource", facts="G4 G40"),
        text_field("management_account", "Its management account", facts="E50"),
        _SERVICE_CONTROL,
        _RESOURCE_CONTROL,
        _unit(
            "root",
            "Its root with what is in it, in the place of the two lists",
            _MOST_UNITS,
            text_field("id", "Its id", facts="G3"),
        ),
    ),
    map_field(
        "accounts",
        "Accounts by id",
        block_field(
            "account_settings",
            "What is set for a whole account",
            text_field("name", "What it is called"),
            BLOCK_PUBLIC_ACCESS,
        ),
        key=_ACCOUNT_ID,
    ),
    map_field("managed_policies", "Managed policies by ARN, which `{managed: ARN}` stands for elsewhere", _DOCUMENT),
    map_field(
        "groups",
        "Groups of users by ARN",
        block_field("group", "A group", _documents("identity_based", "Its identity-based policies")),
    ),
    map_field(
        "principals",
        "Users and roles by ARN",
        block_field(
            "principal",
            "A user or role",
            _documents("identity_based", "Identity-based policies"),
            _document("permissions_boundary", "The permissions boundary", "E22"),
            _document("trust_policy", "The role's trust policy"),
            _texts("groups", "ARNs of a user's groups"),
            _TAGS,
        ),
    ),
    map_field(
        "resources",
        "Resources by ARN",
        block_field(
            "resource",
            "A resource",
            text_field("account", "The owning account, where the ARN carries none"),
            text_field("region", "Its Region, where the ARN carries none"),
            _documents("resource_based", "Resource-based policies"),
            block_field(
                "key_policies",
                "The policies of a KMS key by name, in the place of `resource_based`",
                _document("default", "The key policy that its administrators manage"),
                _document("AWS_RAM", "The one that AWS RAM writes for a key that is shared", "N11"),
            ),
            BLOCK_PUBLIC_ACCESS,
            _TAGS,
            _GRANTS,
            _texts("aliases", "A KMS key's aliases"),
            bool_field(
                "abac",
                "Whether attribute-based access control is on for a bucket: else no condition sees its tags",
                default=False,
                facts="S49",
            ),
            choice_field(
                "multi_region", "Whether a multi-Region key is the primary or a replica", ("primary", "replica")
            ),
        ),
    ),
    map_field(
        "vpc_endpoints",
        "VPC endpoints by id: the one that a request names in `aws:SourceVpce` adds its policy",
        block_field(
            "endpoint",
            "A VPC endpoint",
            _document("policy", "Its policy; without it everything may pass"),
            text_field("account", "The account of its VPC"),
            text_field("vpc", "Its VPC"),
            choice_field("type", "Its type; without it the usual one of the service", ("gateway", "interface")),
        ),
    ),
)
