"""Documents made to keep validation busy: findings in bounded time. None of these is timed."""

import json

from policygen.lint import validate_text
from tests.lint.documents import allow, document


def codes(value):
    """Return the issue codes of an identity-based policy."""
    return [finding.issueCode for finding in validate_text(json.dumps(value), "x", "identity").findings]


def test_countless_open_variables():
    """Braces that nothing closes are looked for once."""
    for value in ("${" * 200_000, "}" + "${" * 200_000):
        assert "MISSING_BRACE_IN_VARIABLE" in codes(document(allow(Resource=f"arn:aws:s3:::b/{value}")))


def test_thousands_of_unknown_actions():
    """Each is found; what was probably meant is looked up for the first few hundred only."""
    value = document(allow(Action=[f"s3:GetObjec{number}" for number in range(2000)]))
    findings = [each for each in validate_text(json.dumps(value), "x", "identity").findings if each.place.line]
    unknown = [each.findingDetails for each in findings if each.issueCode == "INVALID_ACTION"]
    assert len(unknown) == 2000
    assert sum("did you mean" in each for each in unknown) == 500


def test_thousands_of_statements():
    """A document far over every quota is judged all the same."""
    statements = [allow(Resource=f"arn:aws:s3:::b{number}/*") for number in range(3000)]
    assert set(codes(document(*statements))) == {"POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"}
