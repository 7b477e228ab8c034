"""Records of few kinds, drawn at random: many are alike."""

from __future__ import annotations

import random
from typing import Any

from tests.events.samples import SESSION, USER, of_key, of_object, record

DENIED = "User: arn:aws:iam::111122223333:user/Alice is not authorized to perform: s3:GetObject"
ENCODED = "You are not authorized to perform this operation. Encoded authorization failure message: {} more"


def drawn(rng: random.Random) -> dict[str, Any]:
    """A record; few values, so that several are alike."""
    pick = rng.choice
    session = {**SESSION, "arn": SESSION["arn"] + pick(["", '-"b"'])}
    session["sessionContext"] = {
        **SESSION["sessionContext"],
        "attributes": {
            "creationDate": f"2026-11-30T08:0{rng.randrange(3)}:00Z",
            "mfaAuthenticated": pick(["true"] * 2),
        },
    }
    more = {
        "userIdentity": pick([USER, session, {**USER, "invokedBy": "athena.amazonaws.com"}]),
        "eventTime": f"2026-11-30T09:15:{rng.randrange(3):02}Z",
        "eventID": f"id-{rng.randrange(10**9)}",
        "sourceIPAddress": pick(["192.0.2.1", "192.0.2.2", "athena.amazonaws.com"]),
        "userAgent": pick(["[aws-cli/2.31.0]", "Boto3/1.41"]),
        "vpcEndpointId": pick([None, None, "vpce-1a2b3c4d"]),
        "tlsDetails": pick([None, {"tlsVersion": "TLSv1.2"}, {"tlsVersion": "TLSv1.3"}]),
        "additionalEventData": pick(
            [
                None,
                {"CipherSuite": "a", "x-amz-id-2": f"{rng.randrange(10**9)}"},
                {"AuthenticationMethod": pick(["AuthHeader", "QueryString"]), "SignatureVersion": "SigV4"},
            ]
        ),
    }
    more |= pick(
        [
            {},
            {"errorCode": "AccessDenied", "errorMessage": DENIED},
            {"errorCode": "Client.UnauthorizedOperation", "errorMessage": ENCODED.format(rng.randrange(10**9))},
            {"errorCode": "NoSuchKey", "errorMessage": f"no key {rng.randrange(10**9)}"},
        ]
    )
    return pick(
        [
            lambda: of_object(pick(["GetObject", "PutObject"]), key=pick(["a/é", 'b"']), **more),
            lambda: of_key("Decrypt", {"encryptionContext": {"a": pick("12")}}, **more),
            lambda: record("RunInstances", "ec2", requestParameters={"instanceType": "t3.micro"}, **more),
        ]
    )()
