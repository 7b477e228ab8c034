"""What tests of reading are made of: an account with a role, a bucket and a key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
GROUP = f"arn:aws:iam::{ACCOUNT}:group/readers"
MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/read"
BUCKET = "arn:aws:s3:::data-of-orders"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{KEY_ID}"


def policy(action: str = "s3:GetObject", resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """Return a policy of one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def bucket_policy(action: str = "s3:GetObject", principal: Any = "*") -> dict[str, Any]:
    """Return a policy of the bucket."""
    return policy(action, f"{BUCKET}/*", Principal=principal)


def trust() -> dict[str, Any]:
    """Return a trust policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def written(folder: Path, **files: Any) -> Path:
    """Write values as JSON, texts as they are, below a folder; ``a__b`` is ``a/b.json``."""
    for name, value in files.items():
        path = folder / (name.replace("__", "/") + ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value))
    return folder
