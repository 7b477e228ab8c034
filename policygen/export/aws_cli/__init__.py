"""The AWS CLI: one script that makes the calls in an order that works."""

from policygen.export.aws_cli.script import aws_cli

__all__ = ["aws_cli"]
