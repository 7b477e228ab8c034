"""What `denied` says is missing, and the command that reads it: followed, it is no longer missing."""

import json
import re

from tests.command import policygen

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "arn:aws:iam::111122223333:role/app"
MESSAGE = (
    f"User: {ROLE} is not authorized to perform: kms:Decrypt on resource: {KEY} "
    "because no identity-based policy allows the kms:Decrypt action"
)
OF_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "*", "Resource": "*"}
ANSWERS = {
    "describe-key": {"KeyMetadata": {"KeyId": KEY.rpartition("/")[2], "Arn": KEY, "AWSAccountId": "111122223333"}},
    "get-key-policy": {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [OF_ACCOUNT]})},
    "get-account-authorization-details": {
        "UserDetailList": [],
        "GroupDetailList": [],
        "Policies": [],
        "RoleDetailList": [{"RoleName": "app", "Arn": ROLE, "AssumeRolePolicyDocument": {"Statement": []}}],
    },
}
"""What AWS answers, by the operation of the AWS CLI."""
COMMAND = re.compile(r"aws \S+ (\S+)[^>;]*> (\S+?)[;,]")


def test_the_commands_read_what_is_missing(tmp_path):
    """The answers of all commands that are told, kept where they say, make every check known."""
    (tmp_path / "message.txt").write_text(MESSAGE, encoding="utf-8")
    (tmp_path / "FOLDER").mkdir()
    first = policygen("denied", "message.txt", cwd=tmp_path)
    told = COMMAND.findall(first.stdout)
    assert [operation for operation, _ in told] == list(ANSWERS)
    for operation, path in told:
        (tmp_path / path).write_text(json.dumps(ANSWERS[operation]), encoding="utf-8")
    places = re.findall(r"`--environment (\w+)`", first.stdout)
    second = policygen(
        "denied", "message.txt", *(each for place in places for each in ("--environment", place)), cwd=tmp_path
    )
    assert "not known" in first.stdout
    assert (second.returncode, second.stderr) == (0, "")
    assert "not known" not in second.stdout
