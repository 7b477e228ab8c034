"""The columnar kernel answers as the row engine does, row by row."""

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policygen as pg
from policygen.replay.kernel import Kernel, Unreadable
from tests.property.strategies import Maker
from tests.replay.columns import batch_of

MANY = settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
BUCKET = "arn:aws:s3:::data"
ROLE = "arn:aws:iam::111122223333:role/app"


def answers(kernel, rows):
    """The answer for each row."""
    found = kernel.decide(batch_of(rows))
    return [found.answers[number] for number in found.numbers.to_pylist()]


def expected(target, rows):
    """What the row engine says of each row; None for what is no request."""
    engine = pg.compile(target)
    found = []
    for row in rows:
        try:
            found.append(engine.authorize(pg.Request(**row)).decision.value)
        except pg.RequestError:
            found.append(None)
    return found


def without_tags(row):
    """The row with a caller that columns can name."""
    principal = row["principal"]
    if isinstance(principal, dict):
        principal = {name: value for name, value in principal.items() if name != "tags"}
    return row | {"principal": principal}


@given(st.randoms(use_true_random=False))
@MANY
def test_kernel_equals_engine(random):
    """Under any policy set, in two batches, every row gets the row engine's answer."""
    case = Maker(random).case()
    target = pg.PolicySet(**case.policies, settings=case.settings)
    rows = [case.request]
    for _ in range(40):
        maker = Maker(random)
        rows += [{**case.request, "context": maker.context()}, maker.make_request()]
    rows = [without_tags(row) for row in rows]
    kernel = Kernel(pg.compile(target))
    found = answers(kernel, rows[:30]) + answers(kernel, rows)
    assert [None if isinstance(each, Unreadable) else each for each in found] == expected(target, rows[:30] + rows)
