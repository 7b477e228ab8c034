"""Policy documents: what is read, what is refused and how, and that writing gives back what was read."""

import json

import pytest

import policygen as pg
from policygen.document import codes
from policygen.document.write import in_canonical_order, to_json

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def document(**elements):
    """Return a policy with one statement."""
    return {"Version": "2012-10-17", "Statement": [{**ALLOW, **elements}]}


def problems(value):
    """Return code, pointer and message of each problem of a document."""
    with pytest.raises(pg.DocumentError) as error:
        pg.parse_policy(value, "p.json")
    return [(each.code, each.place.pointer, each.message) for each in error.value.problems]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("{", ("PG-D001", "", "not JSON: expected a name in double quotes, found the end of the text")),
        ('{"a": NaN}', ("PG-D001", "", "not JSON: expected a value, found `NaN`, a word that JSON does not know")),
        ('{"Version": 1, "Version": 2}', ("PG-D002", "/Version", "`Version` is given twice")),
        ("[" * 400 + "]" * 400, ("PG-D003", "", "nested deeper than 100 levels")),
        ([], ("PG-D004", "", "a policy document is JSON text or a JSON object")),
        ("[]", ("PG-D004", "", "a policy document is a JSON object")),
        ({"Version": "2012-10-17"}, ("PG-D005", "", "the Statement element is missing")),
        ({"Statement": "x"}, ("PG-D004", "/Statement", "Statement is one statement or a list of statements")),
        ({"Statement": ["x"]}, ("PG-D004", "/Statement/0", "a statement is a JSON object")),
        ({"Statement": {}}, ("PG-D005", "/Statement", "the Effect element is missing")),
        (document(Effect="allow"), ("PG-D006", "/Statement/0/Effect", "`allow` is not an Effect")),
        (document(Effect="Maybe"), ("PG-D006", "/Statement/0/Effect", "`Maybe` is not an Effect")),
        (document(Sid=5), ("PG-D004", "/Statement/0/Sid", "Sid is text in double quotes")),
        (document(Action=["a", 5]), ("PG-D004", "/Statement/0/Action/1", "Action is text or a list of texts")),
        (document(Resource=None), ("PG-D004", "/Statement/0/Resource", "Resource is text or a list of texts")),
        (document(Principal="me"), ("PG-D004", "/Statement/0/Principal", "Principal is `*` or a JSON object")),
        (document(Principal=["*"]), ("PG-D004", "/Statement/0/Principal", "Principal is `*` or a JSON object")),
        (
            document(Principal={"AWS": [5]}),
            ("PG-D004", "/Statement/0/Principal/AWS/0", "Principal AWS is text or a list of texts"),
        ),
        (document(Condition=[]), ("PG-D004", "/Statement/0/Condition", "Condition is a JSON object of operators")),
        (
            document(Condition={"Bool": []}),
            ("PG-D004", "/Statement/0/Condition/Bool", "`Bool` holds a JSON object of condition keys"),
        ),
        (
            document(Condition={"Bool": {"a/b:c": [None]}}),
            (
                "PG-D004",
                "/Statement/0/Condition/Bool/a~1b:c",
                "a condition value is text, a number, true, false, or a list of them",
            ),
        ),
        (
            document(Sid=object()),
            ("PG-D004", "", "a value of the type object is not a JSON value, or too large a number"),
        ),
        (
            document(Condition={"NumericEquals": {"a:b": float("inf")}}),
            ("PG-D004", "", "a value of the type float is not a JSON value, or too large a number"),
        ),
    ],
)
def test_refused(value, found):
    """A document that cannot be read is refused with code, place and reason."""
    assert found in problems(value)


def test_a_dictionary_that_nests_too_deeply():
    """Plain values are as bounded as JSON text."""
    value = deepest = {}
    for _ in range(500):
        deepest["a"] = {}
        deepest = deepest["a"]
    assert problems(value)[0][0] == "PG-D003"


def test_every_problem_at_once():
    """Nothing is reported one by one."""
    value = {"Version": 5, "Statement": [{"Action": 1, "Resource": {}}, "x", {**ALLOW, "Condition": 5}]}
    assert [pointer for _, pointer, _ in problems(value)] == [
        "/Statement/0",
        "/Statement/0/Action",
        "/Statement/0/Resource",
        "/Statement/1",
        "/Statement/2/Condition",
        "/Version",
    ]


def test_lines_and_columns():
    """Problems in a text have line and column."""
    with pytest.raises(pg.DocumentError) as error:
        pg.parse_policy('{"Statement": [\n  {"Effect": "Allow", "Action": 5}]}', "p.json")
    assert str(error.value.problems[0]).startswith(
        "p.json:2:33 /Statement/0/Action: PG-D004 Action is text or a list of texts"
    )


@pytest.mark.parametrize(
    "value",
    [
        document(),
        {"Statement": ALLOW},
        document(Principal={"AWS": ["*"], "Service": "s3.amazonaws.com"}, Sid="a", Condition={"Bool": {"a:b": True}}),
        document(Condition={"NumericEquals": {"a:b": [1, 2.5, "3"]}, "Null": {"a:c": False}}),
        document(NotPrincipal="*", Extra={"kept": [None, 1]}),
        document(Resource=["arn:aws:s3:::b/\u65e5\u672c", "arn:aws:s3:::b/\u0000"]),
        document(Resource="arn:aws:s3:::b/\ud800"),
    ],
)
def test_writing_gives_back_what_was_read(value):
    """Everything that was written is kept, in its order, known element or not."""
    text = json.dumps(value)
    assert json.dumps(json.loads(pg.parse_policy(text, "p").to_json())) == text


def test_conditions_are_read_as_text():
    """JSON booleans and numbers stand for their text."""
    parsed = pg.parse_policy(document(Condition={"Bool": {"a:b": [True, False]}, "NumericEquals": {"a:c": 5}}), "p")
    assert [entry.values for entry in parsed.statements[0].condition] == [("true", "false"), ("5",)]


def test_labels():
    """A statement is called by its Sid, or by its number."""
    parsed = pg.parse_policy({"Statement": [ALLOW, {**ALLOW, "Sid": "two"}]}, "p")
    assert [statement.label for statement in parsed.statements] == ["#0", "two"]


def test_canonical_order():
    """Elements come in AWS's order; what is not known comes after; what is no statement stays."""
    value = {"Statement": [{"Resource": "*", "X": 1, "Effect": "Allow"}, 5], "Version": "v", "Y": 2}
    ordered = in_canonical_order(value)
    assert list(ordered) == ["Version", "Statement", "Y"]
    assert list(ordered["Statement"][0]) == ["Effect", "Resource", "X"]
    assert ordered["Statement"][1] == 5
    assert in_canonical_order({"Statement": {"b": 1}}) == {"Statement": {"b": 1}}


def test_text_of_documents():
    """No ASCII escapes, except where UTF-8 cannot hold a character."""
    assert to_json({"a": "\u00e9"}) == '{\n    "a": "\u00e9"\n}\n'
    assert to_json({"a": "\u00e9\ud800"}) == '{\n    "a": "\\u00e9\\ud800"\n}\n'


def test_codes_are_explained():
    """Each code of this room has its meaning."""
    assert sorted(codes.CODES) == [f"PG-D{number:03}" for number in range(1, 12)]


FUNCTIONS = [
    document(Resource={"Fn::Sub": "arn:${AWS::Partition}:s3:::b/*"}),
    document(Resource=["arn:aws:s3:::b", {"Fn::GetAtt": ["Bucket", "Arn"]}]),
    document(Principal={"AWS": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}]]}}),
    document(Condition={"StringEquals": {"kms:CallerAccount": {"Ref": "AWS::AccountId"}}}),
]


@pytest.mark.parametrize("value", FUNCTIONS)
def test_functions_of_templates_are_read_and_not_judged(value):
    """A policy out of a template is written back as it was; judging it, or calling it public, names the function."""
    policy = pg.parse_policy(json.dumps(value), "p.json")
    assert json.loads(policy.to_json()) == value
    message = r"p.json:1:\d+ /Statement/0/.*: PG-D009 `\S+` is a template's function, whose value is not known here"
    with pytest.raises(pg.DocumentError, match=message):
        pg.PolicySet(identity_based=[policy])
    with pytest.raises(pg.DocumentError, match=message):
        pg.is_public(policy)


def test_an_object_that_is_no_function_is_refused():
    """Only `Ref` and `Fn::…`, alone in their object, are functions of templates."""
    message = "Resource is text or a list of texts"
    for value in ({"Fn::Sub": "a", "Ref": "b"}, {"Sub": "a"}, {}):
        assert problems(document(Resource=value)) == [("PG-D004", "/Statement/0/Resource", message)]


def test_the_name_of_a_file_is_no_document():
    """Text is taken for JSON: where it is the name of a file, the problem says so, and how to give one."""
    with pytest.raises(pg.DocumentError) as caught:
        pg.parse_policy("policies/id.json", "p")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("PG-D001", "`policies/id.json` is the name of a file, not a policy")
    assert problem.hint == "to read a file, give its path: `pathlib.Path('policies/id.json')`"
