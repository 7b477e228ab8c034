"""One sentence of AWS's documentation, one test.

A file holds the sentences of one page: ``tests/facts/<guide>/<page>.yaml``. An entry says in our own words what AWS
says, which fact of docs/facts.md that is, where it stands, when it was read, and what follows for one request
(``policies``, ``settings``, ``request``, ``expect``) or for one condition (``given``, ``holds``).
"""

import re
from pathlib import Path

import pytest
import yaml

import policygen as pg
from policygen.evaluation.statements import compile_statements

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COMMON = {"id", "says", "fact", "source", "checked"}
OF_REQUESTS = COMMON | {"policies", "settings", "request", "expect"}
OF_CONDITIONS = COMMON | {"given", "holds"}


def read(path):
    """Return the entries of a file; scalars stay text."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.SafeLoader)


FILES = {path: read(path) for path in sorted(HERE.glob("*/*.yaml"))}
ENTRIES = [entry for entries in FILES.values() for entry in entries]
REQUESTS = [entry for entry in ENTRIES if "expect" in entry]
CONDITIONS = [entry for entry in ENTRIES if "holds" in entry]
FACTS = set(re.findall(r'<a id="([a-z]+[0-9]+[a-z]?)"></a>', (ROOT / "docs/facts.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-2:]))
def test_entries_are_whole(path):
    """Every entry has its keys, a fact that docs/facts.md knows, and the address of its file's page."""
    for entry in FILES[path]:
        known = OF_REQUESTS if "expect" in entry else OF_CONDITIONS
        assert set(entry) <= known, entry["id"]
        assert known - {"settings"} <= set(entry), entry["id"]
        for fact in str(entry["fact"]).split(", "):
            assert fact.lower() in FACTS, entry["id"]
        address = entry["source"].partition("#")[0]
        product, _, guide, *page = address.removeprefix("https://docs.aws.amazon.com/").removesuffix(".html").split("/")
        assert path.parent.name == f"{product}-{guide}".lower(), entry["id"]
        assert path.stem == "_".join(page), entry["id"]


def test_ids_are_unique():
    """No id stands twice."""
    assert len({entry["id"] for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize("entry", REQUESTS, ids=[entry["id"] for entry in REQUESTS])
def test_request(entry):
    """A request is decided as AWS's page says."""
    policies = pg.PolicySet(**entry["policies"], settings=entry.get("settings"))
    decision = policies.authorize(pg.Request(**entry["request"]))
    expected = ("explicitDeny", "implicitDeny") if entry["expect"] == "denied" else (entry["expect"],)
    assert decision.decision.value in expected, f"{entry['says']} ({entry['source']})\n{decision.explain()}"


@pytest.mark.parametrize("entry", CONDITIONS, ids=[entry["id"] for entry in CONDITIONS])
def test_condition(entry):
    """A condition holds for a request context as AWS's page says."""
    given = dict(entry["given"])
    context = given.pop("context")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": given}
    document = pg.parse_policy({"Version": "2012-10-17", "Statement": statement}, "policy")
    request = pg.Request(principal="s3.amazonaws.com", action="s3:GetObject", context=context)
    compiled = compile_statements(document, "policy")[0]
    assert compiled.conditions_hold(request) is entry["holds"], entry["says"]
    traced = [each.matched for each in compiled.trace(request, names=None) if each.key is not None]
    assert all(traced) is entry["holds"]
