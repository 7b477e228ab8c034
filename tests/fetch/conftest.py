"""AWS as moto plays it, in this process."""

import pytest
from moto import mock_aws

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
        patch.setenv("AWS_DEFAULT_REGION", HOME)
        patch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
        yield Deployed(folder)
