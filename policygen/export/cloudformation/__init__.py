"""CloudFormation templates of everything that a spec describes: one template an account and Region.

The policies are the generated documents, with references where they name what the same template creates. Nothing is
decided here about what a policy allows.

Rejected: one template a resource type, or nested stacks. An account and a Region are what one stack is deployed to;
what cannot be deployed at one go (two sides that need each other) is parted into stages of the same template.
"""

from policygen.export.cloudformation.deployment import deployment
from policygen.export.cloudformation.templates import cloudformation

__all__ = ["cloudformation", "deployment"]
