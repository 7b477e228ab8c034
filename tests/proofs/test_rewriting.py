"""Other ways to write statements: merging, shortening, cutting; on JSON values alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policygen as pg
from policygen.proofs.packing import packed
from policygen.proofs.rewriting import cut, halved, merged, shortened, without_double_sids, without_sids

ALLOW = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::a/*"]}
NEGATED = {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}
OTHER_NEGATED = {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-2"}}}
LIKE = {"Condition": {"StringLike": {"kms:ViaService": "a", "aws:userid": "x"}}}


def within(operator, values):
    """A Condition of one key."""
    return {"Condition": {operator: {"aws:x": values}}}


AB = within("ForAnyValue:StringLike", ["a", "b"])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"Sid": "A"}, {"Sid": "B"}, {"Sid": "A"}),
        ({}, {"Action": "s3:PutObject"}, {"Action": ["s3:GetObject", "s3:PutObject"]}),
        ({}, {"Resource": ["arn:aws:s3:::b/*"]}, {"Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}),
        ({}, {"Action": "s3:PutObject", "Resource": ["arn:aws:s3:::b/*"]}, None),
        ({}, {"Effect": "Deny"}, None),
        ({"Principal": {"AWS": "a"}}, {"Principal": {"AWS": ["b"]}}, {"Principal": {"AWS": ["a", "b"]}}),
        ({"Principal": {"AWS": "a"}}, {"Principal": {"Service": "b"}}, None),
        ({"Principal": "*"}, {"Principal": {"AWS": "b"}}, None),
        (NEGATED, OTHER_NEGATED, None),
        (within("IpAddress", "10.0.0.0/8"), within("IpAddress", "::/8"), within("IpAddress", ["10.0.0.0/8", "::/8"])),
        (within("ForAnyValue:StringLike", "a"), within("ForAnyValue:StringLike", "b"), AB),
        (within("ForAllValues:StringLike", "a"), within("ForAllValues:StringLike", "b"), None),
        (within("NumericEquals", 1), within("NumericEquals", 2), within("NumericEquals", [1, 2])),
        (within("Bool", True), within("Bool", False), None),
        (within("Null", True), within("Null", False), None),
        ({}, NEGATED, None),
        (
            LIKE,
            {"Condition": {"StringLike": {"kms:ViaService": "b", "aws:userid": "x"}}},
            {"Condition": {"StringLike": {"kms:ViaService": ["a", "b"], "aws:userid": "x"}}},
        ),
        (LIKE, {"Condition": {"StringLike": {"kms:ViaService": "b", "aws:userid": "y"}}}, None),
        (LIKE, {"Condition": {"StringLike": {"kms:ViaService": "a"}}}, None),
    ],
)
def test_statements_are_put_together_only_where_that_means_the_same(first, second, expected):
    """Two statements become one when they differ in one list of alternatives alone; negated operators have none."""
    found = merged([ALLOW | first, ALLOW | second])
    assert found == ([ALLOW | first | expected] if expected is not None else [ALLOW | first, ALLOW | second])


def test_last_steps():
    """Values are written once and lists of one value become that value, then the ids go."""
    assert shortened([ALLOW]) == [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]
    assert shortened([{"Principal": {"AWS": ["a", "b", "a"]}}]) == [{"Principal": {"AWS": ["a", "b"]}}]
    assert without_sids([{"Sid": "A", "Effect": "Allow"}]) == [{"Effect": "Allow"}]
    assert without_double_sids([{"Sid": "A"}, {"Sid": "B"}, {"Sid": "A"}, {}]) == [{"Sid": "A"}, {"Sid": "B"}, {}, {}]


def test_a_statement_is_cut_at_its_longest_list_that_a_beginning_of_fits():
    """The first piece is as large as fits; a list of which no value fits is left whole."""
    long = ALLOW | {"Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/*"], "Action": ["a", "b"]}
    first, second = cut(long, lambda piece: len(piece["Resource"]) <= 2)
    assert (first["Resource"], second["Resource"]) == (long["Resource"][:2], long["Resource"][2:])
    first, second = cut(long, lambda piece: len(piece["Action"]) == 1)
    assert (first, second) == (long | {"Action": ["a"]}, long | {"Action": ["b"]})
    assert cut(long, lambda _: False) is None
    assert [each["Resource"] for each in halved(long)] == [long["Resource"][:1], long["Resource"][1:]]
    assert halved(ALLOW | {"NotResource": ["a", "b"]}) is None


def of(*sizes):
    """Statements of so many resources."""
    return [{"Sid": f"S{at}", "Resource": [f"r{at}{n}" for n in range(size)]} for at, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "cutting", "groups"),
    [
        ((4, 4, 2), False, [[4, 2], [4]]),
        ((2, 4, 4), False, [[2, 4], [4]]),
        ((4, 4, 4), False, [[4], [4], [4]]),
        ((4, 4, 4), True, [[4, 2], [2, 4]]),
        ((3, 3), True, [[3, 3]]),
        ((13,), True, [[6], [6], [1]]),
        ((7,), False, None),
        ((), False, []),
    ],
)
def test_packing(sizes, cutting, groups):
    """Whole statements where that takes no more groups; else the last one of a group is cut."""
    found = packed(of(*sizes), lambda each: len(each["Resource"]), 6, cutting=cutting)
    assert (found and [[len(each["Resource"]) for each in group] for group in found]) == groups


WORDS = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
ARNS = st.sampled_from(["arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::a/b/*"])
BLOCKS = st.sampled_from(
    [
        {},
        {"StringLike": {"aws:userid": "x*"}},
        {"StringLike": {"aws:userid": "y"}},
        {"StringNotLike": {"aws:userid": "x*"}},
        {"StringNotLike": {"aws:userid": "y"}},
    ]
)
STATEMENTS = st.builds(
    lambda effect, actions, resources, block: {
        "Effect": effect,
        "Action": actions,
        "Resource": resources,
        **({"Condition": block} if block else {}),
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.lists(WORDS, min_size=1, max_size=2, unique=True),
    st.lists(ARNS, min_size=1, max_size=2, unique=True),
    BLOCKS,
)


@given(st.lists(STATEMENTS, min_size=1, max_size=8), WORDS, ARNS, st.sampled_from(["x1", "y", "z"]))
def test_minimising_never_changes_a_decision(statements, action, resource, user):
    """Whatever the statements, the minimised ones give the same decision on every request."""
    request = pg.Request(
        principal="arn:aws:iam::111122223333:user/bob",
        action=action,
        resource=resource.replace("*", "k"),
        resource_account="111122223333",
        context={"aws:userid": user},
    )
    before, after = (
        pg.PolicySet(identity_based=[{"Version": "2012-10-17", "Statement": each}]).authorize(request).decision
        for each in (statements, without_sids(shortened(merged(statements))))
    )
    assert before is after
