"""Is a resource open to the world? S3's own definition decides; policyuniverse gives a second opinion.

policyuniverse knows many condition keys that limit a principal but not S3's exact rules, so its answer is shown only
where it disagrees; it is asked, and loaded, only about policies that let in principals by a wildcard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policygen.document import Effect, PolicyDocument
from policygen.document.write import thaw
from policygen.errors import Severity
from policygen.evaluation.public_access import is_public_policy
from policygen.spec.model import Spec
from policygen.spec.paths import bucket_path, key_path
from policygen.verification.checks import Check, configuration_check
from policygen.verification.documents import Documents


def public_checks(spec: Spec, documents: Documents) -> Iterator[Check]:
    """Yield, for every bucket policy and key policy, whether it is open to the world.

    Fact: E107, S40, S43, K8
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    paths = [bucket_path(bucket) for bucket in spec.buckets]
    paths += [key_path(key, region) for key in spec.keys for region in key.regions]
    for path in paths:
        document = documents.policies.get(path)
        if document is not None:
            yield _not_public(path, document)
            if _names_a_wildcard(document) and not is_public_policy(document) and is_internet_accessible(document):
                yield configuration_check(
                    f"{path}/internet-accessible",
                    f"`{path}` is not reachable from the internet, says policyuniverse",
                    False,
                    severity=Severity.WARNING,
                    detail="S3's definition calls it non-public; policyuniverse finds an Allow for everybody",
                    document=path,
                )


def _names_a_wildcard(document: PolicyDocument) -> bool:
    """Tell whether an Allow is for principals by a wildcard, or for all but some."""
    allows = [each for each in document.statements if each.effect is Effect.ALLOW]
    named = (entry for each in allows if each.principal for entry in each.principal.entries)
    return any(each.not_principal for each in allows) or any("*" in entry.value for entry in named)


def _not_public(path: str, document: PolicyDocument) -> Check:
    alone = (each for each in document.statements if is_public_policy(replace(document, statements=(each,))))
    public = next(alone, None)
    return configuration_check(
        f"{path}/public",
        f"`{path}` is not public",
        public is None,
        detail="whoever it names is not limited to fixed values",
        document=path,
        statement=public.label if public else None,
        element="Principal" if public else None,
        facts=("E107", "S40"),
    )


def is_internet_accessible(document: PolicyDocument) -> bool:
    """Return policyuniverse's opinion on a resource-based policy."""
    import warnings

    with warnings.catch_warnings():
        # policyuniverse leaves its data file open while it is imported
        warnings.simplefilter("ignore", ResourceWarning)
        from policyuniverse.policy import Policy
    return bool(Policy(thaw(document.written)).is_internet_accessible())
