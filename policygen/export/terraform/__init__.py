"""Terraform's JSON syntax: one module, a file an account."""

from policygen.export.terraform.configuration import terraform

__all__ = ["terraform"]
