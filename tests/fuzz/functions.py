"""One call of the Python functions with broken values, and what must hold of it."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from random import Random
from typing import Any

import policygen as pg
from policygen.engine import limits
from tests.fuzz import seeds, values
from tests.fuzz.commands import Wrong
from tests.property.strategies import Maker

limits.HOT = 2  # plans go through all their stages within a few requests
_ODD: tuple[Any, ...] = (object(), {1, 2}, b"bytes", 1j, [1], (), {}, float("nan"), float("inf"), Path("nowhere"), len)


def function(random: Random, _folder: Path) -> str:
    """Make a request and policies, and judge it, or call another function; return which, and whether it answered.

    Raises:
        Wrong: Interpreter and engine disagree, or a result that cannot be copied.
    """
    call = random.choice((_judge, _judge, _judge, _judge, _documents, _environment, _proofs))
    try:
        call(random)
    except pg.PolicygenError as error:
        if not error.problems or not str(error):
            raise Wrong("an error without a problem") from error
        return f"{call.__name__} refused"
    return f"{call.__name__} answered"


def _any(random: Random, usual: Any) -> Any:
    """Return a value as it should be, or a broken one."""
    kind = random.random()
    if kind < 0.85:
        return usual
    if kind < 0.93:
        found = values.broken(random, [usual]) if isinstance(usual, (str, dict, list)) else values.value(random)
        return found[0] if isinstance(found, list) and found else found
    return random.choice(_ODD) if kind < 0.97 else values.value(random)


def _judge(random: Random) -> None:
    case = Maker(random).case()
    given = {name: _any(random, value) for name, value in case.request.items()}
    policies = {name: _policies(random, value) for name, value in case.policies.items()}
    settings = _any(random, dict(case.settings))
    request, held = pg.Request(**given), pg.PolicySet(**policies, settings=settings)
    interpreted, engine = held.authorize(request), pg.compile(held)
    for _ in range(3):
        compiled = engine.authorize(request)
        if _told(compiled) != _told(interpreted):
            shown = {"request": request.to_dict(), "policies": repr(policies), "settings": repr(settings)}
            raise Wrong(f"interpreter {_told(interpreted)}, engine {_told(compiled)}: {json.dumps(shown)}")
    str(interpreted.explain())
    for each in (request, held, interpreted, engine):
        copied = pickle.loads(pickle.dumps(random.choice((copy.copy, copy.deepcopy))(each)))
        if isinstance(copied, (pg.PolicySet, pg.Engine)) and _told(copied.authorize(request)) != _told(interpreted):
            raise Wrong(f"a copied {type(each).__name__} decides otherwise")


def _policies(random: Random, value: Any) -> Any:
    return values.broken(random, json.loads(json.dumps(value))) if random.random() < 0.3 else _any(random, value)


def _told(decision: pg.Decision) -> tuple[Any, ...]:
    return decision.decision, decision.missing_context, tuple(each.label for each in decision.matched_statements)


def _documents(random: Random) -> None:
    document = _any(random, values.broken(random, seeds.policy(random)))
    if random.random() < 0.3 and isinstance(document, dict):
        document = values.data(random, document).decode("utf-8", "surrogateescape")
    kinds = ("identity", "resource", "trust", "scp", None, "x", 5)
    random.choice(
        (
            lambda: pg.parse_policy(document).to_json(),
            lambda: json.dumps(pg.validate(document, random.choice(kinds)).to_dict()),
            lambda: pg.validate(document, "resource", random.choice(("AWS::S3::Bucket", "AWS::KMS::Key", "x"))),
            lambda: pg.is_public(document, access_point_network_origin=random.choice((None, "VPC", "x", 5))),
        )
    )()


def _proofs(random: Random) -> None:
    document = seeds.policy(random)
    old, new = (_any(random, values.broken(random, document)) for _ in range(2))
    kind = random.choice((None, None, "identity", "resource", "trust", "scp", "rcp", "x", 5))
    random.choice(
        (
            lambda: json.dumps(pg.diff(old, new, policy_type=kind).to_dict()),
            lambda: json.dumps(pg.check_no_new_access(new, than=old, policy_type=kind).to_dict()),
            lambda: pg.check_access_not_granted(old, _any(random, "s3:*"), _any(random, ()), policy_type=kind),
            lambda: pg.check_no_public_access(_any(random, [old, new])),
            lambda: pg.check_never_matches(_any(random, [old, new]), policy_type=kind),
        )
    )()


def _levels(random: Random) -> dict[str, Any]:
    levels = {"service_control": [[seeds.policy(random)]], "management_account": "999999999999"}
    return {name: _any(random, value) for name, value in levels.items() if random.random() < 0.3}


def _environment(random: Random) -> None:
    case = Maker(random).case()
    role, bucket = f"arn:aws:iam::{values.ACCOUNT}:role/r", "arn:aws:s3:::b"
    own = pg.PrincipalPolicies(
        identity_based=_policies(random, case.policies.get("identity_based", [])),
        tags=_any(random, (("team", "blue"),)),
    )
    resource = pg.ResourcePolicies(
        account=_any(random, values.ACCOUNT),
        resource_based=_policies(random, case.policies.get("resource_based", ())),
        grants=_any(random, ()),
        tags=_any(random, (("a", "b"),)),
    )
    name = random.choice((role, role, role, *values.SCALARS))
    environment = pg.Environment(
        principals=_any(random, {name: own}), resources=_any(random, {bucket: resource}), **_levels(random)
    )
    request = pg.Request(principal=role, action="s3:GetObject", resource=f"{bucket}/k")
    if _told(environment.authorize(request)) != _told(pg.compile(environment).authorize(request)):
        raise Wrong("interpreter and engine disagree on an environment")
    pickle.loads(pickle.dumps(environment)).authorize(request)
