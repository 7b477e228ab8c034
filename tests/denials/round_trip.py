"""Answers of AWS made from our own decisions over random policies, read back: both agree on every check.

``python -m tests.denials.round_trip --cases 2000 --seed 1`` prints each call on which they do not, then the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from policygen import PolicySet, Request
from policygen.denials import denied_calls
from tests.denials.answers import details, texts, write
from tests.property.strategies import PROVIDER, Maker

MOST_SHOWN = 5
OF_CALLER = frozenset(
    """
    aws:principalarn aws:userid aws:username aws:principalaccount aws:principaltype aws:principalisawsservice
    aws:resourceaccount s3:resourceaccount kms:calleraccount
    """.split()
)
"""What follows from caller and resource: AWS never says anything else of them."""


@cache
def service() -> ServiceModel:
    """AWS's own model of the two operations."""
    return ServiceModel(Loader().load_service_model("iam-toolbox", "service-2"), "iam-toolbox")


def misfits(answer: dict[str, Any], operation: str = "GetRequestAuthorizationDetails") -> str:
    """What of an answer does not fit AWS's shape of the operation's output, its words included."""
    shape = service().operation_model(operation).output_shape
    return "\n".join((ParamValidator().validate(answer, shape).generate_report(), *_words(answer, shape)))


def _words(value: Any, shape: Any) -> list[str]:
    """The texts that are none of an enumeration's, and members that a structure does not have."""
    if shape.type_name == "list":
        return [found for each in value for found in _words(each, shape.member)]
    if shape.type_name == "structure" and not shape.is_document_type:
        beside = [f"{shape.name} has no {name}" for name in value if name not in shape.members]
        return beside + [
            found
            for name, each in value.items()
            if name in shape.members
            for found in _words(each, shape.members[name])
        ]
    enum = getattr(shape, "enum", ())
    return [f"{value} is none of {enum}"] if enum and value not in enum else []


def case(random: Random) -> tuple[PolicySet, Request]:
    """A random request with policies around it, of which AWS could tell."""
    maker = Maker(random, nested=False)  # AWS's form has one check of the session
    drawn = maker.case()
    policies = {name: _unnamed(each) for name, each in drawn.policies.items()}
    if not policies.get("session", [True]):
        del policies["session"]  # AWS lists the session policy that was passed
    is_federated = isinstance(drawn.request["principal"], dict) and "user" in drawn.request["principal"]
    if is_federated and not policies.keys() & {"identity_based", "permissions_boundary"}:
        drawn.request["principal"] = drawn.request["principal"]["arn"]  # nothing would tell whose user it is
    for number, grant in enumerate(policies.get("grants", ())):
        grant["Name"] = f"grant-{number}"
    request = dict(drawn.request)
    request["principal"] = _identified(request["principal"])
    request["context"] = {name: each for name, each in request["context"].items() if name.lower() not in OF_CALLER}
    if request["principal"] == PROVIDER:
        request["context"]["aws:FederatedProvider"] = PROVIDER
    settings = {name: each for name, each in drawn.settings.items() if name == "management_account"}
    return PolicySet(**policies, settings=settings), Request(**request)


def _unnamed(policies: Any) -> Any:
    """Policies without names of their own, of which several may be alike."""
    if isinstance(policies, list):
        return [_unnamed(each) for each in policies]
    return policies["document"] if isinstance(policies, dict) and "document" in policies else policies


def _identified(principal: Any) -> Any:
    """A session with its unique id, as AWS knows it."""
    arn = principal["arn"] if isinstance(principal, dict) else principal
    if ":assumed-role/" not in arn:
        return principal
    found = principal if isinstance(principal, dict) else {"arn": arn}
    return {"unique_id": "AROAEXAMPLE"} | found


def disagreement(policies: PolicySet, request: Request, folder: Path) -> tuple[str | None, list[str]]:
    """What is wrong with one call that is written, read and judged again; and the effects of its checks."""
    answer = details(policies, request)
    write(folder, answer, texts(policies, request))
    found = denied_calls([folder])
    effects = [f"{each['checkType']} {each['evaluatedEffect']}" for each in answer["evaluations"][0]["checks"]]
    if wrong := misfits(answer).strip():
        return wrong, effects
    if found.problems or len(found.calls) != 1:
        return "\n".join(map(str, found.problems)) or f"{len(found.calls)} calls", effects
    [call] = found.calls
    unknown = [each.why_unknown for each in call.ours.checks if each.effect is None]
    same = [(each.type, each.effect) for each in call.ours.checks] == [(e.type, e.effect) for e in call.aws.checks]
    if call.agrees and same and not unknown:
        return None, effects
    return "\n".join((*call.differences, *map(str, unknown), f"{call.ours.effect}")), effects


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the round trips; 0 when all agree."""
    parser = argparse.ArgumentParser(description="Write our own decisions as AWS tells them, and read them back.")
    parser.add_argument("--cases", type=int, default=2000, help="how many random calls")
    parser.add_argument("--seed", type=int, default=1, help="where the random numbers start")
    options = parser.parse_args(arguments)
    random, wrong, seen = Random(options.seed), 0, Counter[str]()
    with TemporaryDirectory() as folder:
        for number in range(options.cases):
            policies, request = case(random)
            found, effects = disagreement(policies, request, Path(folder) / str(number))
            seen.update(effects)
            if found is not None:
                wrong += 1
                if wrong <= MOST_SHOWN:
                    sys.stdout.write(f"call {number}: {found}\n{request!r}\n{json.dumps(details(policies, request))}\n")
    counted = ", ".join(f"{count:,} {name}" for name, count in sorted(seen.items()))
    sys.stdout.write(f"{options.cases:,} calls from seed {options.seed}, {wrong:,} disagreements\n{counted}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
