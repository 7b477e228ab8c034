"""An account of real size, made up: ``python -m tests.benchmarks.account [FILE]`` writes it, or times and weighs it.

What is timed: loading it, one request, and what ``who-can`` and ``access`` answer about it.

It is what ``aws iam get-account-authorization-details`` prints: 1,000 roles with 5,000 policies between them.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import policygen as pg

ACCOUNT = "111122223333"
ROLES = 1000
MANAGED = 1000
INLINE = 3
PER_ROLE = 4


def _document(number: int) -> dict[str, Any]:
    """A policy as they are: a few statements, one with a condition."""
    bucket = f"arn:aws:s3:::bucket-{number}"
    tagged = {"StringEquals": {"aws:PrincipalTag/team": f"team-{number % 50}"}}
    statements = [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": f"{bucket}/*",
        },
        {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket, "Condition": tagged},
        {"Sid": "Never", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _role(number: int) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    inline = [
        {"PolicyName": f"inline-{each}", "PolicyDocument": _document(number * INLINE + each)} for each in range(INLINE)
    ]
    attached = [f"arn:aws:iam::{ACCOUNT}:policy/managed-{(number + each) % MANAGED}" for each in range(PER_ROLE)]
    return {
        "Path": "/app/",
        "RoleName": f"role-{number}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/app/role-{number}",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": inline,
        "AttachedManagedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in attached],
        "Tags": [{"Key": "team", "Value": f"team-{number % 50}"}],
    }


def _managed(number: int) -> dict[str, Any]:
    version = {"Document": _document(number), "VersionId": "v1", "IsDefaultVersion": True}
    arn = f"arn:aws:iam::{ACCOUNT}:policy/managed-{number}"
    return {"PolicyName": f"managed-{number}", "Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [version]}


def account() -> str:
    """Return what the AWS CLI prints for the account: 1,000 trust, 3,000 inline and 1,000 managed policies."""
    details = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [_role(each) for each in range(ROLES)],
        "Policies": [_managed(each) for each in range(MANAGED)],
    }
    return json.dumps(details, indent=4)


def _whole_account(environment: pg.Environment) -> dict[str, float]:
    """How long the questions about everybody take: few roles, and all, have policies that can match the action."""
    import policygen as pg

    role = f"arn:aws:iam::{ACCOUNT}:role/app/role-7"
    questions = {
        "who-can s3:GetObject on a bucket": lambda: pg.who_can(environment, "s3:GetObject", "arn:aws:s3:::bucket-7/*"),
        "the same again": lambda: pg.who_can(environment, "s3:GetObject", "arn:aws:s3:::bucket-8/*"),
        "who-can s3:ListBucket on any of 4,000": lambda: pg.who_can(environment, "s3:ListBucket", "arn:aws:s3:::*"),
        "access of a role with seven policies": lambda: pg.access(environment, role),
    }
    taken = {}
    for question, ask in questions.items():
        start = time.process_time()
        ask()
        taken[question] = time.process_time() - start
    return taken


def main() -> None:
    """Write the account, or load it and ask it one question."""
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(account(), encoding="utf-8")
        return
    import policygen as pg

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "account.json"
        path.write_text(account(), encoding="utf-8")
        size = path.stat().st_size / 1e6
        start = time.process_time()
        environment = pg.load_environment(path)
        loaded = time.process_time() - start
        request = pg.Request(
            principal=f"arn:aws:iam::{ACCOUNT}:role/app/role-7",
            action="s3:GetObject",
            resource="arn:aws:s3:::bucket-7/k",
            resource_account=ACCOUNT,
        )
        start = time.process_time()
        decision = environment.authorize(request)
        asked = time.process_time() - start
        seconds = _whole_account(environment)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{size:.1f} MB: loaded in {loaded:.2f} s, {decision.decision.value} in {asked * 1000:.1f} ms, ")
    sys.stdout.write(f"{peak:.0f} MiB\n")
    for question, taken in seconds.items():
        sys.stdout.write(f"{question}: {taken:.2f} s\n")


if __name__ == "__main__":
    main()
