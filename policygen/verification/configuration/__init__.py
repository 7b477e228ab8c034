"""What can be shown without a request: prerequisites, the replication configuration, settings, who is let in."""

from policygen.verification.configuration.checks import configuration_checks

__all__ = ["configuration_checks"]
