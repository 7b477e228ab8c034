"""Samples broken at random, in the ways in which people break policies: the same ones on every run."""

import json
import random

OUTSIDE = "999988887777"
OTHER_REGION = {"us-east-1": "eu-north-1", "us-west-1": "eu-north-1", "eu-west-1": "eu-north-1"}


def _pick(draw, document, wanted):
    found = [each for each in document["Statement"] if wanted(each)]
    return draw.choice(found) if found else None


def _replace(statement, old, new):
    """Put one text in the place of another everywhere in a statement."""
    after = json.loads(json.dumps(statement).replace(old, new))
    statement.clear()
    statement.update(after)


def drop_statement(draw, document):
    """A statement is missing."""
    document["Statement"].remove(draw.choice(document["Statement"]))


def drop_action(draw, document):
    """An action is missing."""
    statement = _pick(draw, document, lambda each: isinstance(each.get("Action"), list) and len(each["Action"]) > 1)
    if statement is not None:
        statement["Action"].remove(draw.choice(statement["Action"]))


def add_action(draw, document):
    """An action too many."""
    statement = _pick(draw, document, lambda each: each["Effect"] == "Allow" and each.get("Action", "kms:*") != "kms:*")
    if statement is not None:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        service = actions[0].partition(":")[0]
        more = {"s3": ["s3:DeleteObject", "s3:*"], "kms": ["kms:CreateGrant", "kms:*"]}.get(service, ["sts:TagSession"])
        statement["Action"] = [*actions, draw.choice(more)]


def all_but(draw, document):
    """NotAction in the place of Action."""
    statement = _pick(draw, document, lambda each: "Action" in each)
    if statement is not None:
        del statement["Action"]
        statement["NotAction"] = "iam:*"


def drop_condition(draw, document):
    """A condition is missing."""
    statement = _pick(draw, document, lambda each: "Condition" in each)
    if statement is not None:
        operator = draw.choice(list(statement["Condition"]))
        statement["Condition"][operator].pop(draw.choice(list(statement["Condition"][operator])))
        if not statement["Condition"][operator]:
            del statement["Condition"][operator]
        if not statement["Condition"]:
            del statement["Condition"]


def other_operator(draw, document):
    """Another operator: one that takes wildcards for letters, or one that a missing key meets."""
    statement = _pick(draw, document, lambda each: "Condition" in each)
    if statement is not None:
        operator = draw.choice(list(statement["Condition"]))
        values = statement["Condition"].pop(operator)
        statement["Condition"][draw.choice([f"{operator}IfExists", "StringEquals", "StringNotLike"])] = values


def other_region(draw, document):
    """Another Region."""
    region = draw.choice(list(OTHER_REGION))
    if (statement := _pick(draw, document, lambda each: region in json.dumps(each))) is not None:
        _replace(statement, region, OTHER_REGION[region])


def other_account(draw, document):
    """Another account."""
    account = draw.choice(["111122223333", "444455556666"])
    if (statement := _pick(draw, document, lambda each: account in json.dumps(each))) is not None:
        _replace(statement, account, OUTSIDE)


def other_principal(draw, document):
    """Another role, everybody, or an outsider beside the one who is meant."""
    statement = _pick(draw, document, lambda each: "AWS" in each.get("Principal", ()))
    if statement is not None:
        outside = f"arn:aws:iam::{OUTSIDE}:root"
        now = statement["Principal"]["AWS"]
        listed = now if isinstance(now, list) else [now]
        role = "arn:aws:iam::111122223333:role/misspelt"
        statement["Principal"] = draw.choice([{"AWS": role}, {"AWS": "*"}, "*", {"AWS": [*listed, outside]}])


def narrow_resource(draw, document):
    """The bucket for its objects, or the other way round; a key for another."""
    statement = _pick(draw, document, lambda each: each.get("Resource") not in (None, "*"))
    if statement is not None:
        found = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        swapped = [each.removesuffix("/*") if each.endswith("/*") else f"{each}/*" for each in found]
        statement["Resource"] = draw.choice([swapped, [each[:-3] + "0" for each in found]])


def widen_resource(draw, document):
    """Everything."""
    statement = _pick(draw, document, lambda each: each.get("Resource") not in (None, "*"))
    if statement is not None:
        statement["Resource"] = "*"


def let_in(draw, document):
    """A statement for an outsider."""
    like = draw.choice(document["Statement"])
    if "Principal" in like:
        service = json.dumps(like.get("Action", like.get("NotAction"))).partition(":")[0].lstrip('["')
        action = {"s3": "s3:GetObject", "kms": "kms:Decrypt"}.get(service, "sts:AssumeRole")
        more = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OUTSIDE}:role/outside"}, "Action": action}
        document["Statement"].append(more | ({"Resource": like["Resource"]} if "Resource" in like else {}))


def without_sids(draw, document):
    """Nothing is called anything."""
    for each in document["Statement"]:
        each.pop("Sid", None)


def merge(draw, document):
    """Two statements of one effect become one."""
    if len(document["Statement"]) > 1:
        one, other = draw.sample(document["Statement"], 2)
        if one["Effect"] == other["Effect"] and one.get("Principal") == other.get("Principal"):
            for name in ("Action", "Resource"):
                both = [each.get(name, []) for each in (one, other)]
                one[name] = [text for each in both for text in (each if isinstance(each, list) else [each])]
                one[name] = list(dict.fromkeys(one[name]))
            one.pop("Condition", None)
            document["Statement"].remove(other)


OF_POLICIES = (
    drop_statement,
    drop_action,
    add_action,
    all_but,
    drop_condition,
    other_operator,
    other_region,
    other_account,
    other_principal,
    narrow_resource,
    widen_resource,
    let_in,
    merge,
)


def broken(texts, seed):
    """Return the documents with one to three things wrong in one or two of their policies, and what was done."""
    draw = random.Random(seed)
    found, told = dict(texts), []
    policies = sorted(path for path in texts if "Statement" in json.loads(texts[path]))
    for path in draw.sample(policies, min(draw.choice([1, 2]), len(policies))):
        document = json.loads(found[path])
        if draw.random() < 0.5:
            without_sids(draw, document)
        for change in draw.sample(OF_POLICIES, draw.choice([1, 1, 2])):
            if document["Statement"]:
                change(draw, document)
                told.append(f"{change.__name__} {path}")
        found[path] = json.dumps(document)
    return found, told
