"""The module's files: what is common to all accounts, and a file of resources for each."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from policygen.export import inventory
from policygen.export.terraform.buckets import bucket_resources, replication_resources, role_resources
from policygen.export.terraform.context import Context, Resource, context_of
from policygen.export.terraform.keys import forgotten_keys, imported_policies, key_resources
from policygen.generator import Bundle
from policygen.spec.model import Spec
from policygen.spec.paths import job_path

TERRAFORM_VERSION = ">= 1.7.0"
"""Terraform's first release with ``removed`` blocks."""

PROVIDER_VERSION = ">= 6.22.0"
"""The AWS provider's first release that knows ``blocked_encryption_types``.

Source: https://github.com/hashicorp/terraform-provider-aws/issues/45157
"""

_NEWER = (
    (">= 6.37.0", lambda bucket: bucket.is_account_regional),
    (">= 6.23.0", lambda bucket: bucket.abac),
)
"""What some buckets need: ``bucket_namespace``, and before it ``aws_s3_bucket_abac``; the newest first.

Source: https://github.com/hashicorp/terraform-provider-aws/pull/46917
Source: https://github.com/hashicorp/terraform-provider-aws/pull/45251
"""

_REPLACE = {
    "REPLACE": {
        "description": "yes: the policies of keys that exist may be replaced; each is kept in before/ first",
        "type": "string",
        "default": "no",
    }
}
_ABOUT = (
    "Written by policygen. Run: terraform init, terraform plan, terraform apply.",
    "A key whose id the spec states exists already: only its key policy is managed. It is replaced with",
    "-var REPLACE=yes alone, which shows the difference and keeps the old one in before/ (with the AWS CLI).",
    "A bucket, role or alias that exists already is imported first (terraform import), and with it whatever it has:",
    "policy, settings, replication configuration. Terraform replaces unseen what was not imported.",
)


def terraform(spec: Spec, bundle: Bundle) -> dict[str, Any]:
    """Return the files of a Terraform module that sets up what a spec describes: path to JSON values.

    The documents of the bundle stand in it as text, byte for byte, but for the ids of keys that the module creates:
    there the reference to the key stands.

    Source: https://developer.hashicorp.com/terraform/language/syntax/json
    """
    context = context_of(spec, bundle)
    resources = list(chain(key_resources(context), bucket_resources(context), role_resources(context)))
    resources += replication_resources(context, resources)
    files = {"terraform/main.tf.json": _main(context)}
    for name, account in spec.accounts:
        own = [each for each in resources if each.account == account]
        if own:
            files[f"terraform/account-{account}.tf.json"] = _account(context, name, account, own)
    return files


def _main(context: Context) -> dict[str, Any]:
    about = list(_ABOUT)
    if named := inventory.must_exist(context.spec, context.bundle):
        about.append(f"Must exist, for AWS refuses policies and roles that name it otherwise: {', '.join(named)}")
    found: dict[str, Any] = {
        "//": about,
        "terraform": {
            "required_version": TERRAFORM_VERSION,
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": _provider_version(context.spec)}},
        },
        "variable": {
            context.profile(account): {
                "description": f"Profile of the AWS CLI for account {account}; null: the default credentials",
                "type": "string",
                "default": None,
            }
            for account in dict.fromkeys(account for account, _ in context.providers)
        }
        | (_REPLACE if inventory.existing_keys(context.spec) else {}),
        "provider": {"aws": [_provider(context, account, region) for account, region in context.providers]},
    }
    outputs = _key_outputs(context) | _job_outputs(context)
    return found | ({"output": outputs} if outputs else {})


def _provider_version(spec: Spec) -> str:
    """Return the oldest release of the AWS provider that knows all that the buckets need."""
    return next((version for version, needs in _NEWER if any(map(needs, spec.buckets))), PROVIDER_VERSION)


def _provider(context: Context, account: str, region: str) -> dict[str, Any]:
    return {
        "alias": context.alias(account, region),
        "region": region,
        "profile": f"${{var.{context.profile(account)}}}",
        "allowed_account_ids": [account],
    }


def _key_outputs(context: Context) -> dict[str, Any]:
    return {
        f"key_id_{context.keys[key.name]}": {
            "description": f"Id of the key {key.name}, for the spec",
            "value": f"${{{context.key_address(key, key.region)}.key_id}}",
        }
        for key in inventory.new_keys(context.spec)
    }


def _job_outputs(context: Context) -> dict[str, Any]:
    """A job's input with the ids of keys filled in, to be stored and handed to the AWS CLI."""
    about = "Input of aws s3control create-job"
    return {
        _job_output(each.name): {"description": about, "value": context.document(job_path(each))}
        for each in context.spec.replication
        if each.batch is not None
    }


def _job_output(name: str) -> str:
    return "batch_job_" + inventory.identifiers([name])[name]


def _account(context: Context, name: str, account: str, resources: Iterable[Resource]) -> dict[str, Any]:
    found: dict[str, Any] = {"//": [f"Account {account} ({name})", *_job_calls(context, account)]}
    for each in sorted(resources, key=lambda resource: not resource.data):
        block = found.setdefault("data" if each.data else "resource", {})
        block.setdefault(each.kind, {})[each.name] = dict(each.body)
    if taken := imported_policies(context, account):
        found["import"] = taken
    if forgotten := forgotten_keys(context, account):
        found["removed"] = forgotten
    return found


def _job_calls(context: Context, account: str) -> list[str]:
    """Terraform has no resource for a job of S3 Batch Operations: the calls that create it."""
    return [
        f"Terraform cannot create the batch job of {each.name}. After terraform apply: "
        f"terraform output -raw {_job_output(each.name)} > batch-job.json && aws s3control create-job "
        f"--account-id {account} --region {each.source.region} --cli-input-json file://batch-job.json"
        for each in context.spec.replication
        if each.source.account == account and each.batch is not None
    ]
