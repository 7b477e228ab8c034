"""Patterns put aside: which of them hold together with which, searched for when it matters."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

import policygen as pg
from policygen.matching.wildcards import compile_glob, glob_steps, tokens_of
from policygen.proofs import automaton, search
from policygen.proofs.search import Search

PAIRS = ["".join(each) for each in product("abcdefghijklmnopqrstuvwxyz", repeat=2)][::7]


def steps(pattern):
    """A pattern as steps."""
    return glob_steps(tokens_of(pattern))


def matching(patterns):
    """For each pattern whether a text matches it."""
    return {each: compile_glob(tokens_of(each)) for each in patterns}


TEXTS = ["".join(each) for length in range(1, 7) for each in product("abx", repeat=length)]


class Small:
    """A field of a few patterns over three letters, and every text of up to six."""

    def __init__(self, random):
        """Draw the patterns."""

        def pattern():
            return "".join(random.choice("ab**?") for _ in range(random.randint(1, 5)))

        self.listed = {
            pattern(): frozenset(random.sample("123", random.randint(1, 2))) for _ in range(random.randint(0, 3))
        }
        self.aside = [pattern() for _ in range(random.randint(1, 4))]
        self.within, self.others = ([pattern()], [pattern()]) if random.random() < 0.3 else ([], [])
        self.literals = random.sample(["a", "b", "ab", "aa", "ba", "x"], random.randint(0, 3))
        self.matches = matching([*self.listed, *self.aside, *self.within, *self.others])
        self.search = Search(
            "Small",
            [(steps(each), own) for each, own in self.listed.items()],
            map(steps, self.aside),
            classes=[(map(steps, self.within), map(steps, self.others))] if self.within else [],
            literals=self.literals,
        )

    def kind(self, text):
        """Which atom a text is of: the elements that list it, its class, itself where it stands apart."""
        elements = frozenset().union(*(own for each, own in self.listed.items() if self.matches[each](text)))
        within, others = (any(self.matches[each](text) for each in side) for side in (self.within, self.others))
        return elements, within and not others, text if text in self.literals else None

    def answers(self, text):
        """Which patterns aside it meets, as bits."""
        return sum(1 << number for number, each in enumerate(self.aside) if self.matches[each](text))


@pytest.mark.parametrize("seed", range(40))
def test_a_text_is_found_where_there_is_one(seed):
    """Whatever is asked of an atom, the search finds a text that answers so, or no short text does."""
    random = Random(seed)
    small = Small(random)
    kinds = {text: (small.kind(text), small.answers(text)) for text in TEXTS}
    for _ in range(20):
        like, full = random.choice([*TEXTS, *small.literals * 200]), (1 << len(small.aside)) - 1
        yes = random.randint(0, full)
        no = random.randint(0, full) & ~yes
        fitting = {
            text for text, (kind, answers) in kinds.items() if kind == kinds[like][0] and answers & (yes | no) == yes
        }
        found = small.search.text(like, yes, no)
        if found is None:
            assert not fitting
        else:
            assert small.kind(found) == kinds[like][0]
            assert small.answers(found) & (yes | no) == yes


def test_a_text_that_stands_apart_is_no_value_of_another_atom():
    """On the way to a text the search remembers that it has begun one that stands apart: ``ab`` is none, ``yab`` is."""
    found = Search(
        "Small",
        [(steps("*a"), frozenset("1"))],
        [steps("b*")],
        classes=[([steps("*ab")], [steps("b?")])],
        literals=["x", "ab"],
    ).text("baaab", 0, 1)
    assert (found or "").endswith("ab")
    assert found not in ("ab", None)


def test_a_colon_stops_a_wildcard_of_a_field():
    """Where one wildcard runs on past a colon and another does not, a text with a colon tells them apart."""
    in_field = [("literal", "a"), ("star-in-field", ""), ("literal", "b")]
    assert Search("Small", [], [steps("a*b"), in_field]).text("x", 0b01, 0b10) == "a:b"


def test_all_of_many_patterns_hold_together():
    """The search goes for the end of each pattern, so forty take no 2^40 states."""
    asked = [f"*{each}*" for each in PAIRS[:40]]
    found = Search("Many", [], map(steps, asked)).text("x", (1 << 40) - 1, 0)
    assert all(match(found) for match in matching(asked).values())


def allow(resource, sid="", **more):
    """An Allow."""
    return {"Sid": sid, "Effect": "Allow", "Action": "s3:GetObject", "Resource": resource} | more


def policy(*statements):
    """A document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


MANY = [allow(f"arn:aws:s3:::*{each}*", each) for each in PAIRS[:40]]


def test_many_patterns_in_statements_of_their_own_are_compared():
    """Forty patterns with a star at both ends: the same in another order, and one less is one less."""
    assert pg.diff(policy(*MANY), policy(*reversed(MANY))).verdict == "same"
    found = pg.diff(policy(*MANY), policy(*MANY[1:]))
    assert [(each.statement, each.resources) for each in found.lost] == [("aa", ("arn:aws:s3:::*aa*",))]
    assert (found.gained, found.unknown) == ((), ())
    assert "aa" in found.lost[0].witness.resource


def test_a_pattern_within_another_that_is_aside_adds_nothing():
    """Every text with ``aah`` has ``aa``: the search finds none that has not."""
    assert pg.diff(policy(*MANY), policy(*MANY, allow("arn:aws:s3:::*aah*"))).verdict == "same"
    assert pg.diff(policy(*MANY), policy(*MANY, allow("arn:aws:s3:::*a*a*"))).verdict == "differs"


def test_the_account_of_a_pattern_that_is_aside_is_its_owners(monkeypatch):
    """What stands in front of the last field tells resources apart all the same: here, keys of another account."""
    monkeypatch.setattr(automaton, "FEW_STATES", 0)
    key = "arn:aws:kms:eu-west-1:444455556666:*/mrk-1"
    across = allow(key, Action="kms:EnableKey", Principal={"AWS": "111122223333"})
    assert pg.diff(policy(allow("*", Action="kms:*", Principal={"AWS": "444455556666"})), policy(across)).gained == ()
    assert pg.diff(policy(), policy(across), policy_type="resource").verdict == "same"


def test_what_lies_outside_many_patterns_is_found():
    """NotResource with patterns aside: none of them matches the witness."""
    none = {"Sid": "", "Effect": "Allow", "Action": "s3:GetObject", "NotResource": [each["Resource"] for each in MANY]}
    (found,) = pg.diff(policy(*MANY), policy(*MANY, none)).gained
    assert not any(match(found.witness.resource) for match in matching(none["NotResource"]).values())


def agent(pattern, operator="StringLike"):
    """An Allow for some user agents."""
    return allow("arn:aws:s3:::data/*", pattern, Condition={operator: {"aws:UserAgent": pattern}})


def test_many_patterns_of_a_condition_key_are_compared():
    """A key's patterns are put aside as a resource's are."""
    many = [agent(f"*{each}*") for each in PAIRS[:20]]
    assert pg.diff(policy(*many), policy(*reversed(many))).verdict == "same"
    (found,) = pg.diff(policy(*many), policy(*many[1:])).lost
    assert found.conditions["aws:UserAgent"].startswith("any value, like `*aa*`, not like `*ah*`")
    assert "aa" in found.witness.context["aws:useragent"].values[0]
    (found,) = pg.diff(policy(*many), policy(*many, agent("*zz*", "StringNotLike"))).gained
    assert found.statement == "*zz*"


def test_a_condition_on_sets_is_open_where_its_patterns_are_aside():
    """It is a question as a whole: of a value that is empty, ForAllValues says what no pattern does."""
    many = [agent(f"*{each}*") for each in PAIRS[:20]]
    sets, if_exists = agent("*zz*", "ForAllValues:StringLike"), agent("*zz*", "StringLikeIfExists")
    assert pg.diff(policy(*many, sets), policy(sets, *many)).verdict == "same"
    assert pg.diff(policy(*many, if_exists), policy(*many, sets)).verdict != "same"


def test_a_check_asks_for_a_pattern_that_is_aside():
    """``access-not-granted`` on resources with a star in their middle."""
    granted = pg.check_access_not_granted(policy(*MANY), "s3:GetObject", "arn:aws:s3:::*aa*")
    assert "aa" in granted.witness.resource
    assert pg.check_access_not_granted(policy(*MANY), "s3:GetObject", "arn:aws:sqs:::*aa*").passed


def test_a_search_that_ends_early_names_the_field(monkeypatch):
    """Past so many states nobody knows, and nothing is proved."""
    monkeypatch.setattr(search, "MOST_SEARCHED", 5)
    found = pg.diff(policy(*MANY), policy(*MANY, allow("arn:aws:s3:::*aah*")))
    assert (found.verdict, found.unknown) == ("unknown", ("Resource has too many patterns that can hold together",))


def test_nothing_is_put_aside_without_need(monkeypatch):
    """A field with few cases has its atoms; the same policies are compared alike either way."""
    old, new = policy(*MANY[:3]), policy(*MANY[1:3])
    plain = pg.diff(old, new).lost[0]
    monkeypatch.setattr(automaton, "FEW_STATES", 0)
    aside = pg.diff(old, new).lost[0]
    assert (plain.statement, plain.resources) == (aside.statement, aside.resources)
