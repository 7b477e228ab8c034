"""What an engine keeps, what enters generated source, and threads."""

import gc
import linecache
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

import policygen as pg
from policygen.engine import limits
from policygen.engine.conditions import Memo
from policygen.engine.generated import text_of
from policygen.evaluation import PrincipalPolicies, ResourcePolicies
from policygen.request.callers import Caller
from tests.engine.helpers import ACCOUNT, ALLOW, ROLE, policy, request

PRINCIPAL = request().principal


def test_callers_are_not_kept_for_ever():
    """Many times more callers than the stated limit leave no more behind than it says."""
    policies = pg.PolicySet(identity_based=policy(ALLOW))
    engine, question = pg.compile(policies), request()
    for _ in range(3 * limits.MOST_CALLERS):
        question._caller = Caller.__new__(Caller)  # so many requests would take longer to make than to answer
        question._caller.principal = PRINCIPAL
        engine.authorize(question)
    assert engine.authorize(question).allowed
    assert len(engine._callers) <= limits.MOST_CALLERS
    assert len(engine._plans_of_alike) == 1


def test_plans_and_outcomes_are_not_kept_for_ever(monkeypatch):
    """When an engine keeps too much it forgets everything, and answers as before."""
    monkeypatch.setattr(limits, "MOST_KEPT", 50)
    monkeypatch.setattr(limits, "MOST_OUTCOMES", 8)
    statements = [{**ALLOW, "Resource": f"arn:aws:s3:::b/{n}/*"} for n in range(40)]
    policies = pg.PolicySet(identity_based=policy(*statements))
    engine = pg.compile(policies)
    for n in range(500):
        for action in ("s3:GetObject", f"s3:Get{n}"):
            question = request(action=action, resource=f"arn:aws:s3:::b/{n % 50}/x")
            assert engine.authorize(question).allowed is (n % 50 < 40)
            assert engine._kept <= 50
    kept = [plan for plans in engine._callers.values() for plan in plans.values()]
    assert len(kept) <= 50
    assert all(len(plan._verdicts) <= 8 for plan in kept)


def test_holders_and_answers_are_not_kept_for_ever(monkeypatch):
    """Buckets, and values of conditions, are remembered up to their limits."""
    monkeypatch.setattr(limits, "MOST_HOLDERS", 4)
    monkeypatch.setattr(limits, "MOST_REMEMBERED", 4)
    condition = {"NumericLessThan": {"k": "50"}, "NumericGreaterThan": {"k": "-1"}}
    environment = pg.Environment(
        principals={ROLE: PrincipalPolicies(identity_based=(policy({**ALLOW, "Condition": condition}),))},
        resources={"arn:aws:s3:::b1": ResourcePolicies(account=ACCOUNT)},
    )
    engine = pg.compile(environment)
    for n in range(600):
        question = request(resource=f"arn:aws:s3:::b{n % 9}/k", context={"k": str(n % 99)})
        assert engine.authorize(question).allowed is (n % 99 < 50)
    memo = Memo(lambda key: key)
    assert [memo[n] for n in range(10)] == list(range(10))
    assert len(memo) <= 4


def test_generated_source_is_registered_while_it_is_used():
    """Tracebacks show generated source; when its plan is gone, so is its entry."""
    before = {name for name in linecache.cache if name.startswith("<policygen plan")}
    engine = pg.compile(pg.PolicySet(identity_based=policy({**ALLOW, "Resource": "arn:aws:s3:::b/'\"\\\n{x}*"})))
    question = request(resource="arn:aws:s3:::b/'\"\\\n{x}y")
    assert all(engine.authorize(question).allowed for _ in range(400))
    (name,) = {name for name in linecache.cache if name.startswith("<policygen plan")} - before
    assert "def run(request):\n" in linecache.getlines(name)
    del engine
    gc.collect()
    assert name not in linecache.cache


def test_only_texts_enter_generated_source():
    """A value whose repr could be anything never becomes source."""

    class Text(str):
        __slots__ = ()

        def __repr__(self):
            return "print('owned')"

    assert text_of("a'b") == '"a\'b"'
    with pytest.raises(TypeError, match="only texts"):
        text_of(Text("a"))


def test_threads_share_an_engine():
    """Many threads ask one engine while its plans are made, and all get the same answers."""
    statements = [
        {**ALLOW, "Action": f"s3:Get{n}*", "Resource": f"arn:aws:s3:::b/{n}/*", "Condition": {"Bool": {"k": "true"}}}
        for n in range(20)
    ]
    policies = pg.PolicySet(identity_based=policy(*statements))
    questions = [
        request(action=f"s3:Get{n % 20}x", resource=f"arn:aws:s3:::b/{n % 23}/y", context={"k": n % 3 > 0})
        for n in range(400)
    ]
    expected = [policies.authorize(each).matched_statements for each in questions]
    engine = pg.compile(policies)

    def ask(seed):
        order = list(range(len(questions)))
        Random(seed).shuffle(order)
        return all(engine.authorize(questions[n]).matched_statements == expected[n] for n in order * 3)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
