"""What of a source line is shown beside a problem."""

import pytest

from policygen.errors import Place


def shown(line, column=1):
    """Return the line as it is shown."""
    return Place(source="f", line=1, column=column, lines=(line,)).excerpt()[0].removeprefix("  1 | ")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"password":"hunter2","name":"p"}', '{"password":********","name":"p"}'),
        ('{"db_Password": "a\\"b", "x": 1}', '{"db_Password": *****", "x": 1}'),
        ("  SecretAccessKey: wJalrXUtnFEMI/K7", "  SecretAccessKey: " + "*" * 16),
        ("{secret_string: 'abc', n: 1}", "{secret_string: ****', n: 1}"),
        ('"{\\"token\\":\\"abc\\",\\"n\\":1}"', '"{\\"token\\":*****\\",\\"n\\":1}"'),
    ],
)
def test_no_secret_is_shown(line, expected):
    """The value of a member that is called as secrets are is written with asterisks, whatever stands beside it."""
    assert shown(line) == expected


OF_PARAMETERS = [
    ("Parameters:\n  DbPassword:\n    Type: String\n    Default: hunter2", 4),
    ("Parameters:\n  Db:\n    Default: hunter2\n    NoEcho: true\n  Other:\n    Type: String", 3),
    ('"Db": {\n  "NoEcho": "true",\n  "Default": "hunter2"\n}', 3),
    ('{\n "Parameters": {"Db": {"NoEcho": true, "Default": "hunter2"}}\n}', 2),
    ('{"DbPassword": {"Type": "String", "Default": "hunter2"}, "Name": {"Default": "n"}}', 1),
    ('[{"ParameterKey": "DbPassword", "ParameterValue": "hunter2"}, {"ParameterKey": "n"}]', 1),
    ('[\n  {\n    "ParameterKey": "DbPassword",\n    "ParameterValue": "hunter2"\n  }\n]', 4),
    ("- ParameterKey: Name\n  ParameterValue: n\n- ParameterValue: hunter2\n  ParameterKey: DbPassword", 3),
    ('"variables": {"db_password": {"value": "hunter2"}}', 1),
    ('"outputs": {"db": {"sensitive": true, "type": "string", "value": "hunter2"}}', 1),
]


@pytest.mark.parametrize(("text", "number"), OF_PARAMETERS)
def test_no_value_of_a_parameter_that_is_secret_is_shown(text, number):
    """What a value is of stands beside it or above it: a name as secrets have, NoEcho, sensitive."""
    lines = tuple(text.split("\n"))
    (line, _) = Place(source="f", line=number, column=1, lines=lines).excerpt()
    assert line == f"  {number} | {lines[number - 1].replace('hunter2', '*' * 7)}".replace('"*******"', '********"')


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Parameters:\n  DbPassword:\n    Type: String\n  Name:\n    Default: orders", 5),
        ("- ParameterKey: DbPassword\n  ParameterValue: a\n- ParameterKey: Name\n  ParameterValue: orders", 4),
        ('{"DbPassword": {"Type": "String"}, "Name": {"Type": "String", "Default": "orders"}}', 1),
    ],
)
def test_the_values_of_other_parameters_are_shown(text, number):
    """A parameter beside one that is secret keeps its value: people look for their mistake in it."""
    (line, _) = Place(source="f", line=number, column=1, lines=tuple(text.split("\n"))).excerpt()
    assert "orders" in line


@pytest.mark.parametrize(
    "line",
    [
        '"Action": "secretsmanager:GetSecretValue", "Effect": "Allow"',
        '"aws:TokenIssueTime": "2026-01-01T00:00:00Z"',
        '"Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-a1b2c3"',
    ],
)
def test_what_policies_say_of_secrets_is_shown(line):
    """Actions, condition keys and ARNs are no secrets."""
    assert shown(line) == line


def test_a_secret_that_begins_before_what_is_shown_is_none():
    """Of a long line the beginning of a value may not be seen; the rest is no more shown than all of it."""
    line = '{"private_key":"' + "A" * 300 + '","Effect":"Alow"}'
    assert "A" * 5 not in shown(line, column=len(line) - 10)


def test_the_caret_stands_where_it_stood():
    """Asterisks take the place of as many characters."""
    line = '{"password":"hunter2",,}'
    first, second = Place(source="f", line=1, column=22, lines=(line,)).excerpt()
    assert first[second.index("^")] == ","
