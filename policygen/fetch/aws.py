"""AWS, asked with boto3: the only module that knows it. Only what the table of calls lists is ever called."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policygen.errors import PolicygenError, Problem
from policygen.fetch.calls import CALLER, Call

HOME = "us-east-1"
"""The Region that is asked first where neither the user nor the profile names one."""

_INSTALL = "pip install 'policygen[aws]'"
_SEVERAL_TRIES = 5
_SECONDS_TO_CONNECT = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What AWS said.

    Attributes:
        value: The answer; None where there is none.
        code: AWS's error code, ``NoAnswer`` where AWS could not be reached; empty for an answer.
        text: The error as the AWS CLI prints it.
    """

    value: Any
    code: str = ""
    text: str = ""


class Aws:
    """Sessions by account, one for each profile.

    Args:
        profiles: Names of profiles, ``""`` for the credentials that are found without one.
        region: The Region of a profile that names none.

    Raises:
        PolicygenError: PG-N001 without boto3; PG-N002 for each profile that cannot be used.
    """

    def __init__(self, profiles: Sequence[str], region: str | None) -> None:
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()
        self.callers: dict[str, Answer] = {}
        """What sts:GetCallerIdentity says, by account."""
        self.accounts: dict[str, str] = {}
        """The account of each profile."""
        problems: list[Problem] = []
        for profile in profiles:
            self._open(_boto3(), profile, region, problems)
        if problems:
            raise PolicygenError(*problems)

    def _open(self, boto3: Any, profile: str, region: str | None, problems: list[Problem]) -> None:
        from botocore.exceptions import BotoCoreError

        named = f"the profile `{profile}`" if profile else "the credentials"
        hint = "`aws sts get-caller-identity` must work with them; `aws sso login` renews them"
        try:
            session = boto3.Session(profile_name=profile or None)
            session = boto3.Session(profile_name=profile or None, region_name=region or session.region_name or HOME)
            answer = _answer(lambda: session.client("sts", config=_config()), CALLER, {})
        except BotoCoreError as error:
            problems.append(Problem(code="PG-N002", message=f"{named} cannot be used: {error}", hint=hint))
            return
        if answer.value is None:
            problems.append(Problem(code="PG-N002", message=f"{named} cannot be used: {answer.text}", hint=hint))
            return
        account = str(answer.value["Account"])
        self.accounts[profile] = account
        self.callers.setdefault(account, answer)
        self._sessions.setdefault(account, session)

    def home(self, account: str) -> str:
        """Return the Region of an account's profile."""
        return str(self._sessions[account].region_name)

    def ask(self, call: Call, account: str, region: str, parameters: Mapping[str, str]) -> Answer:
        """Make a call with the profile of an account; any thread may."""
        return _answer(lambda: self._client(call.service, account, region), call, parameters)

    def _client(self, service: str, account: str, region: str) -> Any:
        name = (service, account, region)
        with self._lock:  # a session makes one client at a time
            if name not in self._clients:
                self._clients[name] = self._sessions[account].client(service, region, config=_config())
        return self._clients[name]


def _boto3() -> Any:
    message, hint = "`policygen fetch` needs boto3, which is not installed", f"{_INSTALL}, or use `--script`"
    try:
        import boto3
    except ImportError:
        raise PolicygenError(Problem(code="PG-N001", message=message, hint=hint)) from None
    return boto3


def _config() -> Any:
    from botocore.config import Config

    return Config(retries={"mode": "standard", "max_attempts": _SEVERAL_TRIES}, connect_timeout=_SECONDS_TO_CONNECT)


def _answer(client: Callable[[], Any], call: Call, parameters: Mapping[str, str]) -> Answer:
    """Make a call, all its pages; an answer is what the AWS CLI prints."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError  # what stands between may answer with a page of its own

    try:
        made = client()
        if call.operation not in made.meta.service_model.operation_names:
            return Answer(None, "NoAnswer", f"this version of boto3 does not know {call.operation}")
        value = _method(made, call)(**parameters)
    except ClientError as error:
        return Answer(None, str(error.response.get("Error", {}).get("Code", "")) or "NoAnswer", str(error))
    except (BotoCoreError, ResponseParserError) as error:
        return Answer(None, "NoAnswer", str(error))
    return Answer({name: each for name, each in value.items() if name != "ResponseMetadata"})


def _method(client: Any, call: Call) -> Callable[..., dict[str, Any]]:
    from botocore import xform_name

    name = xform_name(call.operation)
    if not client.can_paginate(name):
        method: Callable[..., dict[str, Any]] = getattr(client, name)
        return method
    pages = client.get_paginator(name)
    return lambda **parameters: dict(pages.paginate(**parameters).build_full_result())
