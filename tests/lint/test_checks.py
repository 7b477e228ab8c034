"""Every check is registered, and has examples that are as it finds them."""

import ast
import json
from collections import Counter
from pathlib import Path

import pytest

from policygen.lint import checks, validate_text
from policygen.lint.checks import load_checks
from policygen.lint.examples import load_examples
from tests.lint.documents import allow, document, when

MODULES = sorted(path for path in Path(checks.__file__).parent.glob("*.py") if path.name != "__init__.py")
EXAMPLES = list(load_examples().values())
BAD = [(each, fragment) for each in EXAMPLES for fragment in each.bad]
GOOD = [(each, fragment) for each in EXAMPLES for fragment in each.good]
CHECKS = {check.code: check for check in load_checks()}


def found(example, fragment):
    """Return the findings in the document that a fragment stands for."""
    text = example.text(fragment)
    return validate_text(text, "x", example.policy_type.value, example.resource_type).findings


@pytest.mark.parametrize(("example", "fragment"), BAD, ids=[each.code for each, _ in BAD])
def test_bad_examples(example, fragment):
    """A bad example has the finding that it is an example of, and no others but those that it names."""
    assert {finding.issueCode for finding in found(example, fragment)} == {example.code, *example.also}


@pytest.mark.parametrize("example", EXAMPLES, ids=[each.code for each in EXAMPLES])
def test_the_first_bad_example_matters_as_much_as_the_check_says(example):
    """The first bad example has a finding of the check's own finding type, with AWS's page."""
    check = CHECKS[example.code]
    (finding, *_) = (each for each in found(example, example.bad[0]) if each.issueCode == check.code)
    assert (finding.findingType, finding.learnMoreLink) == (check.finding_type, check.url)


@pytest.mark.parametrize(("example", "fragment"), GOOD, ids=[each.code for each, _ in GOOD])
def test_good_examples(example, fragment):
    """Nothing at all is found in a good example."""
    assert [finding.issueCode for finding in found(example, fragment)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_check_of_a_module_is_registered(path):
    """Every public function of a module of checks is registered by a decorator; a module without checks is none."""
    functions = [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    unregistered = [node.name for node in functions if not any("check" in ast.unparse(d) for d in node.decorator_list)]
    assert unregistered == []
    assert path.stem in {check.module for check in CHECKS.values()}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_check_has_examples_beside_it(path):
    """The file of examples beside a module has an entry for each of its checks, in their order, and no others."""
    examples = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert sorted(examples) == sorted(check.code for check in CHECKS.values() if check.module == path.stem)


def test_a_code_is_registered_once():
    """Two checks never have one issue code."""
    assert [code for code, times in Counter(check.code for check in load_checks()).items() if times > 1] == []


def test_every_check_says_what_it_finds():
    """Each check has a sentence, and a link to AWS."""
    for check in CHECKS.values():
        assert check.summary
        assert check.url.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize(
    ("value", "finding_type"),
    [
        (document(allow(Action="s3:Zebra", Resource="*")), "WARNING"),
        (document(allow(Action="s3:zebra", Resource="*")), "ERROR"),
        (document(allow(Action="sqs:DeleteMessageBatch", Resource="*")), "ERROR"),
        (document(allow(Action="codestar:CreateProject", Resource="*")), "WARNING"),
        (document(allow(Action="ec2:RunInstance", Resource="*")), "ERROR"),
        (document(allow(Action="ec2:Zebra", Resource="*")), "WARNING"),
        (document(allow(Action="zebra:Run", Resource="*")), "WARNING"),
    ],
    ids=["newer", "not-camel-case", "batch", "retired", "typo", "unknown-action", "unknown-service"],
)
def test_what_only_the_catalogue_says(value, finding_type):
    """An error where the catalogue is complete or a name was mistyped; a warning where AWS may know more."""
    findings = validate_text(json.dumps(value), "x", "identity").findings
    assert [str(finding.findingType) for finding in findings] == [finding_type]


def test_a_piece_of_a_value_is_located():
    """The place of a policy variable is the variable, not the whole value."""
    text = json.dumps(document(allow(Resource="arn:aws:s3:::b/${aws: username}")))
    (finding,) = validate_text(text, "x", "identity").findings
    location = finding.locations[0]
    assert location.to_dict()["path"][-1] == {"substring": {"start": 15, "length": 16}}
    start, end = location.span.start.offset, location.span.end.offset
    assert text[start:end] == "${aws: username}"


def test_the_name_of_a_member_is_located():
    """A finding about a name points to the name."""
    text = json.dumps(document(when("StringMatches", "aws:username", "x")))
    (finding,) = validate_text(text, "x", "identity").findings
    assert finding.locations[0].to_dict()["path"][-1] == {"key": "StringMatches"}
    span = finding.locations[0].span
    assert text[span.start.offset : span.end.offset] == '"StringMatches"'
