"""The names of multivalued keys that the core holds as data, beside the installed reference."""

import pytest

from policygen.request.condition_keys import CONDITION_KEYS, find_condition_key
from policygen.request.multivalued_keys import MULTIVALUED_KEYS, REFERENCE_VERSION
from tests.catalog.multivalued_keys import MULTIVALUED, module, typed_keys, version

WRITTEN = {name: kind for kind, names in MULTIVALUED_KEYS.items() for name in names.split()}
REWRITE = "run `python -m tests.catalog.multivalued_keys > policygen/request/multivalued_keys.py`"


@pytest.fixture(scope="module")
def reference():
    """The types of each key in the installed reference: a few have two, in different services."""
    found = {}
    for name, kind in typed_keys():
        found.setdefault(name.replace("<key>", ""), set()).add(kind)
    return found


def test_no_multivalued_key_is_missing(reference):
    """Every key that the installed reference types as multivalued is written down."""
    missing = sorted(name for name, kinds in reference.items() if _is_multivalued(kinds) and name not in WRITTEN)
    if missing and version() != REFERENCE_VERSION:
        pytest.skip(f"the reference {version()} is newer than {REFERENCE_VERSION}: {REWRITE} for {', '.join(missing)}")
    assert missing == [], REWRITE


def test_what_is_written_down_is_multivalued(reference):
    """Every name is multivalued in the reference, as far as it knows the key, and has the type that is written down."""
    known = {name: reference[name] for name in WRITTEN if name in reference}
    assert {name: kinds for name, kinds in known.items() if MULTIVALUED + WRITTEN[name] not in kinds} == {}
    if version() == REFERENCE_VERSION:
        assert set(known) == set(WRITTEN), REWRITE


def test_names_are_spread_over_services():
    """Keys of many services are there, families among them; what AWS's page says of a key goes before it."""
    assert len({name.partition(":")[0] for name in WRITTEN}) > 50
    for name in ("dynamodb:LeadingKeys", "DYNAMODB:leadingkeys", "events:Metadata/a", "lambda:Layer"):
        assert find_condition_key(name).multivalued, name
    assert "identitystore:UserId" in WRITTEN
    assert not find_condition_key("identitystore:UserId").multivalued  # G30


def test_rows_agree_with_the_reference(reference):
    """A row about a key that the reference lists has its type there; two are more than the reference knows."""
    differing = {
        key.name
        for key in CONDITION_KEYS
        for kinds in [reference.get(key.name)]
        if kinds is not None and kinds != {(MULTIVALUED if key.multivalued else "") + key.types[0].value}
    }
    assert differing == {"identitystore:UserId", "cognito-identity.amazonaws.com:amr"}  # G30, E243
    listed = {key.name for key in CONDITION_KEYS if key.listed}
    assert sorted(name for name in listed - set(reference) if name not in WRITTEN) == []


def test_the_command_writes_the_module(reference):
    """What the command writes is Python, and holds the names of the installed reference."""
    namespace = {}
    exec(module(), namespace)
    names = {name for names in namespace["MULTIVALUED_KEYS"].values() for name in names.split()}
    assert names == {name for name, kinds in reference.items() if _is_multivalued(kinds)}
    assert namespace["REFERENCE_VERSION"] == version()


def _is_multivalued(kinds):
    return any(kind.startswith(MULTIVALUED) for kind in kinds)
