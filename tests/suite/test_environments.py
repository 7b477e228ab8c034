"""Environment files: the organization as a tree, accounts, and the policies of keys by name."""

import pytest

import policygen as pg
from policygen.errors import SuiteError

ALLOW = '{Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}'
DENY_PUT = '{Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:PutObject", Resource: "*"}]}'
PUBLIC = '{Version: "2012-10-17", Statement: {Effect: Allow, Principal: "*", Action: "s3:*", Resource: "*"}}'
TREE = f"""\
version: 1
organization:
  root:
    service_control: [{ALLOW}]
    s3_policy: all
    accounts: {{"999999999999": {{}}}}
    units:
      ou-open:
        s3_policy: none
        accounts: {{"111122223333": {{service_control: [{ALLOW}, {DENY_PUT}]}}}}
        units:
          ou-closed: {{accounts: {{"444455556666": {{s3_policy: all, service_control: []}}}}}}
accounts: {{"111122223333": {{block_public_access: {{RestrictPublicBuckets: true}}}}}}
principals:
  arn:aws:iam::111122223333:user/ana: {{identity_based: {ALLOW}}}
  arn:aws:iam::444455556666:user/bob: {{identity_based: {ALLOW}}}
  arn:aws:iam::777788889999:user/out: {{identity_based: {ALLOW}}}
resources:
  arn:aws:s3:::own: {{account: "111122223333", resource_based: {PUBLIC}}}
  arn:aws:s3:::under-all: {{account: "444455556666", resource_based: {PUBLIC}}}
  arn:aws:s3:::at-the-root: {{account: "999999999999", resource_based: {PUBLIC}}}
"""


def environment(tmp_path, text):
    """Return the environment in a text."""
    (tmp_path / "environment.yaml").write_text(text, encoding="utf-8")
    return pg.load_environment(tmp_path / "environment.yaml")


@pytest.mark.parametrize(
    ("principal", "action", "bucket", "decision"),
    [
        ("arn:aws:iam::111122223333:user/ana", "s3:GetObject", "own", "allowed"),
        ("arn:aws:iam::111122223333:user/ana", "s3:PutObject", "own", "explicitDeny"),
        ("arn:aws:iam::444455556666:user/bob", "s3:GetObject", "under-all", "implicitDeny"),
        ("arn:aws:iam::777788889999:user/out", "s3:GetObject", "own", "allowed"),
        ("anonymous", "s3:GetObject", "own", "allowed"),
        ("anonymous", "s3:GetObject", "under-all", "implicitDeny"),
        ("anonymous", "s3:GetObject", "at-the-root", "implicitDeny"),
    ],
)
def test_each_account_has_its_own_levels(tmp_path, principal, action, bucket, decision):
    """What is attached to the root, the units above and the account; the nearest S3 policy; strangers have none."""
    request = pg.Request(principal=principal, action=action, resource=f"arn:aws:s3:::{bucket}/k")
    assert environment(tmp_path, TREE).authorize(request).decision.value == decision


def test_the_account_s_own_setting_counts_without_an_s3_policy(tmp_path):
    """Nothing of the organization stands above it then."""
    request = pg.Request(principal="anonymous", action="s3:GetObject", resource="arn:aws:s3:::own/k")
    text = TREE.replace("        s3_policy: none\n", "").replace("    s3_policy: all\n", "")
    assert environment(tmp_path, text).authorize(request).decision.value == "implicitDeny"


KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
READER = "arn:aws:iam::444455556666:role/reader"
POLICY = (
    '{{Version: "2012-10-17", Statement: {{Effect: {}, Principal: {{AWS: "{}"}}, Action: "kms:*", Resource: "*"}}}}'
)
SHARED = f"""\
version: 1
principals: {{"{READER}": {{identity_based: {ALLOW}}}}}
resources:
  {KEY}:
    key_policies:
      default: {POLICY.format("Allow", "arn:aws:iam::111122223333:root")}
      AWS_RAM: {POLICY.format("Allow", READER)}
"""


@pytest.mark.parametrize(
    ("default", "shared", "decision"),
    [
        ("arn:aws:iam::111122223333:root", READER, "allowed"),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", "implicitDeny"),
        (READER, "arn:aws:iam::111122223333:root", "allowed"),
    ],
)
def test_the_union_of_a_key_s_policies_decides(tmp_path, default, shared, decision):
    """The policy that AWS RAM writes gives a foreign role Decrypt, with the role's own Allow (N11)."""
    text = SHARED.replace(POLICY.format("Allow", READER), POLICY.format("Allow", shared))
    text = text.replace(
        f"default: {POLICY.format('Allow', 'arn:aws:iam::111122223333:root')}",
        f"default: {POLICY.format('Allow', default)}",
    )
    found = environment(tmp_path, text).authorize(pg.Request(principal=READER, action="kms:Decrypt", resource=KEY))
    assert found.decision.value == decision


def test_a_deny_in_the_policy_of_ram_counts(tmp_path):
    """It is named by the key's ARN and its own name."""
    text = SHARED.replace(POLICY.format("Allow", READER), POLICY.format("Deny", READER))
    found = environment(tmp_path, text).authorize(pg.Request(principal=READER, action="kms:Decrypt", resource=KEY))
    assert found.decision.value == "explicitDeny"
    assert found.matched_statements[0].policy == f"{KEY} AWS_RAM"


@pytest.mark.parametrize(
    ("text", "code", "line", "message"),
    [
        (
            TREE.replace("    units:\n", "    units:\n      ou-2: {accounts: {'111122223333': {}}}\n", 1),
            "PG-T005",
            11,
            "the account `111122223333` stands in two places of the organization",
        ),
        (
            TREE.replace("  root:\n", f"  service_control: [[{ALLOW}]]\n  root:\n", 1),
            "PG-T006",
            3,
            "an organization has a `root` or `service_control`, not both",
        ),
        (
            SHARED.replace("    key_policies:", f"    resource_based: {ALLOW}\n    key_policies:"),
            "PG-T006",
            7,
            "a key has `resource_based` or `key_policies`, not both",
        ),
        (
            SHARED.replace(KEY, "arn:aws:s3:::b"),
            "PG-T006",
            6,
            "`arn:aws:s3:::b` is no KMS key, and has no `key_policies`",
        ),
        (TREE.replace('"999999999999"', "prod"), "PG-T004", 6, "`prod` is not a valid account id"),
        (TREE.replace("s3_policy: none", "s3_policy: some"), "PG-T004", 9, "`some` is not a valid `s3_policy`"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path, text, code, line, message):
    """Each with its line."""
    with pytest.raises(SuiteError) as caught:
        environment(tmp_path, text)
    problem = caught.value.problems[0]
    assert (problem.code, problem.place.line) == (code, line)
    assert message in problem.message
