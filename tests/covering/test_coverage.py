"""What tests exercise of policies: statements that decide, values that hold, and values that alone fail."""

import json
import re

import pytest

import policygen as pg
from tests.command import policygen

A = {
    "Sid": "A",
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:PutObject"],
    "Resource": "arn:aws:s3:::b/*",
    "Condition": {"Bool": {"aws:SecureTransport": "true"}},
}
B = {"Sid": "B", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
GET = {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "context": {"aws:SecureTransport": "true"}}


def allowed(**changes):
    """Return a test that is allowed."""
    return {"request": GET | changes, "expect": "allowed"}


def denied(**changes):
    """Return a test that is denied."""
    return {"request": GET | changes, "expect": "denied"}


@pytest.fixture
def suite(tmp_path):
    """Return a function that writes a suite about a policy, and gives its path."""

    def written(*tests, statements=(A, B), slot="identity_based"):
        user = {"request": {"principal": "arn:aws:iam::111122223333:user/bob", "resource_account": "111122223333"}}
        policy = {"name": "p", "document": {"Version": "2012-10-17", "Statement": list(statements)}}
        value = {"version": 1, "defaults": user, "policies": {slot: [policy]}, "tests": list(tests)}
        path = tmp_path / "s.policytest.json"
        path.write_text(json.dumps(value))
        return path

    return written


def test_a_statement_that_decides_nothing_is_missing(suite):
    """A statement that decided no test stands for itself, its elements are counted and not named one by one."""
    found = pg.coverage(suite(allowed()))
    assert (found.statements.covered, found.statements.total) == (1, 2)
    assert (found.elements.covered, found.elements.total) == (0, 6)
    assert found.policies[0].missing[-1] == "B"


def test_a_value_must_hold_and_alone_fail(suite):
    """A value is covered by one test in which it held where the statement applied, and one in which it alone failed."""
    plain = {"aws:SecureTransport": "false"}
    path = suite(allowed(), denied(action="s3:DeleteObject"), denied(context=plain))
    assert dict(pg.coverage(path).policies[0].gaps()) == {
        "A.Action s3:PutObject": "no test in which it holds",
        "A.Resource arn:aws:s3:::b/*": "no test in which it alone fails",
    }
    everything = (allowed(action="s3:PutObject"), denied(resource="arn:aws:s3:::c/k"))
    path = suite(allowed(), denied(action="s3:DeleteObject"), denied(context=plain), *everything)
    assert pg.coverage(path).percent == 100


def test_two_values_that_fail_do_not_fail_alone(suite):
    """A request that misses two elements says of neither that it alone keeps the statement from applying."""
    path = suite(allowed(), denied(action="s3:ListBucket", resource="arn:aws:s3:::c"), statements=[A])
    lacks = dict(pg.coverage(path).policies[0].gaps())
    assert lacks["A.Action s3:GetObject"] == "no test in which it alone fails"
    assert lacks["A.Action s3:PutObject"] == "no test in which it holds, and none in which it alone fails"


def test_negated_elements_fail_by_their_values(suite):
    """A value of NotAction, or under a negated operator, fails where a request meets it, one by one."""
    statement = {
        "Sid": "N",
        "Effect": "Allow",
        "NotAction": ["s3:DeleteObject", "s3:PutObject"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "us-west-1"]}},
    }
    path = suite(
        allowed(),
        denied(action="s3:DeleteObject"),
        denied(context={"aws:RequestedRegion": "us-west-1"}),
        statements=[statement],
    )
    assert dict(pg.coverage(path).policies[0].gaps()) == {
        "N.NotAction s3:PutObject": "no test in which it alone fails",
        "N.Condition StringNotEquals aws:RequestedRegion us-east-1": "no test in which it alone fails",
    }


def test_what_cannot_fail_need_not(suite):
    """A `*`, and what names all that a policy of a resource stands on, is covered where it held."""
    statement = {
        "Sid": "T",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    tests = (
        denied(context={"aws:SecureTransport": "false"}),
        denied(resource="arn:aws:s3:::b", action="s3:ListBucket", context={"aws:SecureTransport": "false"}),
        denied(),
    )
    assert pg.coverage(suite(*tests, statements=[statement], slot="resource_based")).percent == 100


def test_an_action_of_a_bucket_policy_can_fail(suite):
    """The one action of a policy fails for every other call of the service, be it none that the policy names."""
    statement = A | {"Principal": "*", "Action": "s3:GetObject"}
    gaps = dict(pg.coverage(suite(allowed(), statements=[statement], slot="resource_based")).policies[0].gaps())
    assert gaps["A.Action s3:GetObject"] == "no test in which it alone fails"


def test_principals_one_by_one(suite):
    """Each principal is a value of its own; it is covered when somebody else is not let in."""
    users = [f"arn:aws:iam::111122223333:user/{name}" for name in ("bob", "eve")]
    statement = {"Sid": "P", "Effect": "Allow", "Principal": {"AWS": users}, "Action": "s3:*", "Resource": "*"}
    path = suite(allowed(), denied(principal=f"{users[0]}by"), statements=[statement], slot="resource_based")
    assert pg.coverage(path).policies[0].missing == (f"P.Principal {users[1]}",)


def test_an_allow_of_a_boundary_decides_what_is_allowed(tmp_path):
    """What a policy lets through that gives nothing itself decides the test in which it is allowed."""
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    policies = {
        "identity_based": [everything],
        "permissions_boundary": {"name": "limit", "document": {"Statement": [A]}},
    }
    path = tmp_path / "s.policytest.json"
    request = GET | {"principal": "arn:aws:iam::111122223333:user/bob"}
    tests = [{"request": request, "expect": "allowed"}]
    path.write_text(json.dumps({"version": 1, "policies": policies, "tests": tests}))
    found = {each.policy: each.statements.covered for each in pg.coverage(path).policies}
    assert found["limit"] == 1


def test_a_test_that_cannot_be_judged_covers_nothing(suite):
    """A test without a principal that is one is an error; the others count all the same in the command."""
    path = suite(allowed(), {"request": GET | {"principal": "nobody"}, "expect": "denied"})
    with pytest.raises(pg.SuiteError):
        pg.coverage(path)
    run = policygen("test", path, "--coverage", "-q")
    assert run.returncode == 1
    assert "coverage: 1 of 2 statements" in run.stdout


# The command


def test_the_table(suite):
    """The table has a line a policy, what is missing stands below it, and the figures come last."""
    run = policygen("test", suite(allowed(), denied(action="s3:DeleteObject")), "--coverage")
    assert run.stdout == (
        "2 passed, 0 failed\n"
        "policy  statements  elements  missing\n"
        "─────────────────────────────────────\n"
        "p              2/2       3/6        3\n"
        "\n"
        "p\n"
        "  A.Action s3:PutObject: no test in which it holds\n"
        "  A.Resource arn:aws:s3:::b/*: no test in which it alone fails\n"
        "  A.Condition Bool aws:SecureTransport true: no test in which it alone fails\n"
        "coverage: 2 of 2 statements, 3 of 6 elements (50 %)\n"
    )
    assert run.returncode == 0


def test_json_beside_the_summary(suite):
    """``--format json`` has "coverage" with the keys that are documented; without the option it has not."""
    path = suite(allowed(), denied(action="s3:DeleteObject"))
    found = json.loads(policygen("test", path, "--coverage", "--format", "json").stdout)["coverage"]
    assert found == {
        "statements": {"covered": 2, "total": 2},
        "elements": {"covered": 3, "total": 6},
        "policies": [
            {
                "policy": "p",
                "statements": {"covered": 2, "total": 2},
                "elements": {"covered": 3, "total": 6},
                "missing": [
                    "A.Action s3:PutObject",
                    "A.Resource arn:aws:s3:::b/*",
                    "A.Condition Bool aws:SecureTransport true",
                ],
            }
        ],
    }
    assert "coverage" not in json.loads(policygen("test", path, "--format", "json").stdout)


@pytest.mark.parametrize(("limit", "status"), [("50", 0), ("50.1", 1)])
def test_fail_under(suite, limit, status):
    """The lower one of both percentages is compared; the option alone asks for coverage."""
    run = policygen("test", suite(allowed(), denied(action="s3:DeleteObject")), "--fail-under", limit, "-q")
    assert (run.returncode, "coverage: " in run.stdout) == (status, True)


def test_formats_of_programs_stay_what_they_are(suite):
    """With ``--format junit`` the table goes to standard error."""
    run = policygen("test", suite(allowed()), "--coverage", "--format", "junit")
    assert run.stdout.endswith("</testsuites>\n")
    assert "coverage: 1 of 2 statements" in run.stderr


def test_the_page(suite, tmp_path):
    """The page stands alone, without a script: each value has a mark and says what no test shows."""
    policygen("test", suite(allowed()), "--coverage-html", tmp_path / "html")
    page = (tmp_path / "html" / "index.html").read_text()
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert re.search(
        r'class="part"><code> +&#34;s3:GetObject&#34;,</code><span class="note">no test in which it alone', page
    )
    assert re.search(r'class="none"><code> +&#34;s3:PutObject&#34;</code>', page)
    assert page.count("it decides no test") == 1


def test_names_of_others_stay_text(suite, tmp_path):
    """What a policy smuggles into the page is text there."""
    policygen("test", suite(allowed(), statements=[A | {"Sid": "<script>"}]), "--coverage-html", tmp_path / "html")
    page = (tmp_path / "html" / "index.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_standard_input_is_read_once(suite):
    """A suite on standard input cannot be read again for coverage, and that is said."""
    run = policygen("test", "-", "--coverage", stdin="{}")
    assert run.returncode == 2
    assert "for coverage a suite is read once more, and `-` cannot be: give a file" in run.stderr
