"""What the documents hold and no derived request needs: conditions, and permissions of the roles of S3."""

from policygen.verification.unused.conditions import condition_checks
from policygen.verification.unused.permissions import permission_checks

__all__ = ["condition_checks", "permission_checks"]
