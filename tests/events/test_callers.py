"""Who called: every type of identity that CloudTrail records."""

from __future__ import annotations

from typing import Any

import pytest

from policygen.events import Cause, event_of
from policygen.request import Request
from policygen.request.principal import PrincipalKind
from tests.events.samples import ACCOUNT, OTHER, ROLE, SESSION, USER, of_object, record

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"


def _request(identity: dict[str, Any], **changes: Any) -> Request:
    (found,) = event_of(of_object(userIdentity=identity, **changes)).requests
    return found.request


def _why(identity: dict[str, Any]) -> Cause:
    event = event_of(of_object(userIdentity=identity))
    assert event.requests == ()
    (unknown,) = event.unknown
    assert unknown.name == "principal"
    return unknown.cause


def test_a_user_has_its_arn_and_unique_id() -> None:
    """An IAM user is named by its ARN; its unique id is aws:userid."""
    request = _request(USER)
    assert request.principal.arn == USER["arn"]
    assert request.context["aws:userid"].values == ("AIDACKCEVSQ6C2EXAMPLE",)


def test_a_session_has_its_roles_path() -> None:
    """Of a session the issuer's ARN has the role's path, which the session's own has not (T2)."""
    principal = _request(SESSION).principal
    assert (principal.kind, principal.role_arn, principal.session_name) == (PrincipalKind.ROLE_SESSION, ROLE, "worker")


def test_a_sessions_userid_ends_in_its_name() -> None:
    """aws:userid of a session is the role's unique id and the session's name."""
    assert _request(SESSION).context["aws:userid"].values == ("AROAIDPPEZS35WEXAMPLE:worker",)


def test_the_root_user_is_named_by_its_account() -> None:
    """A root user's ARN ends in root."""
    root = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
    assert _request(root).principal.kind is PrincipalKind.ROOT


def test_a_root_user_without_an_arn_is_its_accounts() -> None:
    """Where the ARN is left out, type and account name the root user all the same."""
    assert _request({"type": "Root", "accountId": ACCOUNT}).principal.arn == f"arn:aws:iam::{ACCOUNT}:root"


def test_a_federated_user_has_the_user_who_federated_it() -> None:
    """The issuer of a federated user's session is the IAM user who called GetFederationToken."""
    identity = {
        "type": "FederatedUser",
        "principalId": f"{ACCOUNT}:Bob",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/Bob",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": USER["arn"]}},
    }
    principal = _request(identity).principal
    assert (principal.kind, principal.user_arn) == (PrincipalKind.FEDERATED_USER, USER["arn"])


def test_a_service_is_named_by_who_invoked() -> None:
    """A service principal is the service in invokedBy."""
    assert _request({"type": "AWSService", "invokedBy": "logging.s3.amazonaws.com"}).principal.arn == (
        "logging.s3.amazonaws.com"
    )


def test_a_service_that_is_not_named_is_not_known() -> None:
    """`AWS Internal` is no name of a service."""
    assert _why({"type": "AWSService", "invokedBy": "AWS Internal"}) is Cause.NO_PRINCIPAL


@pytest.mark.parametrize("account", ["ANONYMOUS_PRINCIPAL", "anonymous"])
def test_a_call_without_credentials_is_anonymous(account: str) -> None:
    """S3 records an anonymous call as one of the account ANONYMOUS_PRINCIPAL (T3)."""
    assert _request({"type": "AWSAccount", "principalId": "", "accountId": account}).principal.kind is (
        PrincipalKind.ANONYMOUS
    )


def test_a_caller_of_another_account_has_no_name() -> None:
    """The owner's trail has account and unique id of a caller of another account, and not its ARN (T3)."""
    identity = {"type": "AWSAccount", "principalId": "AIDAJ45Q7YFFAREXAMPLE", "accountId": OTHER}
    assert _why(identity) is Cause.OTHER_ACCOUNT


def test_a_user_of_identity_center_is_no_principal() -> None:
    """A user of IAM Identity Center calls without an IAM identity."""
    assert _why({"type": "IdentityCenterUser", "accountId": ACCOUNT}) is Cause.IDENTITY_CENTER


def test_an_identity_without_an_arn_is_not_known() -> None:
    """A user name alone does not tell the user's path."""
    assert _why({"type": "IAMUser", "accountId": ACCOUNT, "userName": "Alice"}) is Cause.NO_PRINCIPAL


def test_an_identity_that_is_none_is_not_readable() -> None:
    """An ARN of something that cannot call is no principal."""
    assert _why({**USER, "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/broken"}) is Cause.NOT_READABLE


def test_a_saml_sign_in_is_its_providers() -> None:
    """The caller of AssumeRoleWithSAML is the SAML provider among the parameters (T2)."""
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"
    signed_in = record(
        "AssumeRoleWithSAML",
        "sts",
        userIdentity={"type": "SAMLUser", "principalId": "EXAMPLE:Bob", "userName": "Bob"},
        requestParameters={"roleArn": ROLE, "principalArn": provider, "roleSessionName": "Bob"},
    )
    (found,) = event_of(signed_in).requests
    assert (found.request.principal.arn, found.request.resource) == (provider, ROLE)


def test_a_web_identity_is_its_providers() -> None:
    """The caller of AssumeRoleWithWebIdentity is the OIDC provider (T2)."""
    signed_in = record(
        "AssumeRoleWithWebIdentity",
        "sts",
        userIdentity={
            "type": "WebIdentityUser",
            "principalId": f"{PROVIDER}:sts.amazonaws.com:repo:org/app:ref:refs/heads/main",
            "userName": "repo:org/app:ref:refs/heads/main",
            "identityProvider": PROVIDER,
        },
        requestParameters={"roleArn": ROLE, "roleSessionName": "ci"},
    )
    (found,) = event_of(signed_in).requests
    assert found.request.principal.arn == PROVIDER


def test_the_claims_of_a_web_identity_are_its_keys() -> None:
    """Audience and subject of the token stand in principalId and userName (T2)."""
    signed_in = record(
        "AssumeRoleWithWebIdentity",
        "sts",
        userIdentity={
            "type": "WebIdentityUser",
            "principalId": f"{PROVIDER}:sts.amazonaws.com:repo:org/app:ref:refs/heads/main",
            "userName": "repo:org/app:ref:refs/heads/main",
            "identityProvider": PROVIDER,
        },
        requestParameters={"roleArn": ROLE, "roleSessionName": "ci"},
    )
    (found,) = event_of(signed_in).requests
    assert found.request.context["token.actions.githubusercontent.com:sub"].values == (
        "repo:org/app:ref:refs/heads/main",
    )
    assert found.request.context["token.actions.githubusercontent.com:aud"].values == ("sts.amazonaws.com",)
