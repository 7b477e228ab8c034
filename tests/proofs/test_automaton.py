"""Which patterns can hold together: every combination once, each with a shortest text."""

import itertools

import pytest

from policygen.matching.arns import arn_steps, compile_arn
from policygen.matching.wildcards import compile_glob, glob_steps, tokens_of
from policygen.proofs.automaton import JointAutomaton

PATTERNS = ("a*", "*b", "?a*", "ab", "*a?b*", "??")


@pytest.mark.parametrize("patterns", [*itertools.combinations(PATTERNS, 2), PATTERNS])
def test_every_combination_has_a_witness(patterns):
    """What texts of up to six letters satisfy together, a witness satisfies, and the other way round."""
    matchers = [compile_glob(tokens_of(each)) for each in patterns]

    def holding(text):
        return tuple(match(text) for match in matchers)

    found = JointAutomaton(glob_steps(tokens_of(each)) for each in patterns).witnesses()
    texts = ("".join(each) for size in range(1, 7) for each in itertools.product("abx", repeat=size))
    assert sorted(map(holding, found)) == sorted(set(map(holding, texts)))


def test_a_witness_is_none_of_the_literals():
    """A combination that only literals satisfy is none; another text stands for one that others satisfy, too."""
    automaton = JointAutomaton([glob_steps(tokens_of(each)) for each in ("a*", "?b")])
    assert sorted(automaton.witnesses(literals=["a", "ab"])) == ["ax", "x", "xb"]


def test_a_wildcard_of_an_arn_stops_at_the_colon():
    """Every text that a pattern of ARNs matches has its colons where the pattern has them."""
    patterns = [tokens_of(each) for each in ("arn:aws:s3:::*", "arn:*:*:*:*:a*")]
    found = JointAutomaton(arn_steps(each, crossing=False) for each in patterns).witnesses()
    matched = sorted(text for text in found if any(compile_arn(each)(text) for each in patterns))
    assert matched == ["arn:::::a", "arn:aws:s3:::", "arn:aws:s3:::a"]


def test_a_prefix_is_where_every_text_begins():
    """Texts with a prefix alone are looked at, and at least one character follows."""
    automaton = JointAutomaton([glob_steps(tokens_of("s3:Get*"))])
    assert automaton.witnesses("s3:") == ["s3:x", "s3:Get"]
