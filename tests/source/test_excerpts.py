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
