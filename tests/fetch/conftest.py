"""AWS as moto plays it, in this process."""

import threading

import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from tests.fetch.deployed import HOME, Deployed


@pytest.fixture(scope="package")
def deployed(tmp_path_factory):
    """Two accounts with what is set up in them, and no credentials but theirs; tests read it only."""
    folder = tmp_path_factory.mktemp("deployed")
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION"):
            patch.delenv(name, raising=False)
        patch.setattr(BotocoreStubber, "process_request", _one_at_a_time(BotocoreStubber.process_request))
        patch.setenv("AWS_DEFAULT_REGION", HOME)
        patch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
        yield Deployed(folder)


def _one_at_a_time(answer):
    """Return what answers requests one after the other: moto loads and makes its services in whatever thread asks."""
    lock = threading.RLock()

    def locked(self, request):
        with lock:
            return answer(self, request)

    return locked
