"""Operations of Amazon S3's API that are no actions: what a policy names in their place.

Fact: E164
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from collections.abc import Mapping
from types import MappingProxyType

_OF_S3 = {
    "DeleteObject": "DeleteObjects",
    "GetAccelerateConfiguration": "GetBucketAccelerateConfiguration",
    "GetAnalyticsConfiguration": "GetBucketAnalyticsConfiguration ListBucketAnalyticsConfigurations",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "GetBucketObjectLockConfiguration": "GetObjectLockConfiguration",
    "GetBucketPublicAccessBlock": "GetPublicAccessBlock",
    "GetEncryptionConfiguration": "GetBucketEncryption",
    "GetIntelligentTieringConfiguration": (
        "GetBucketIntelligentTieringConfiguration ListBucketIntelligentTieringConfigurations"
    ),
    "GetInventoryConfiguration": "GetBucketInventoryConfiguration ListBucketInventoryConfigurations",
    "GetLifecycleConfiguration": "GetBucketLifecycle GetBucketLifecycleConfiguration",
    "GetMetricsConfiguration": "GetBucketMetricsConfiguration ListBucketMetricsConfigurations",
    "GetObject": "HeadObject SelectObjectContent",
    "GetReplicationConfiguration": "GetBucketReplication",
    "ListAllMyBuckets": "ListBuckets",
    "ListBucket": "HeadBucket ListObjects ListObjectsV2",
    "ListBucketMultipartUploads": "ListMultipartUploads",
    "ListBucketVersions": "ListObjectVersions",
    "ListMultipartUploadParts": "ListParts",
    "PutAccelerateConfiguration": "PutBucketAccelerateConfiguration",
    "PutAnalyticsConfiguration": "PutBucketAnalyticsConfiguration DeleteBucketAnalyticsConfiguration",
    "PutBucketCORS": "DeleteBucketCors",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "PutBucketObjectLockConfiguration": "PutObjectLockConfiguration",
    "PutBucketOwnershipControls": "DeleteBucketOwnershipControls",
    "PutBucketPublicAccessBlock": "PutPublicAccessBlock DeletePublicAccessBlock",
    "PutBucketTagging": "DeleteBucketTagging",
    "PutEncryptionConfiguration": "PutBucketEncryption DeleteBucketEncryption",
    "PutIntelligentTieringConfiguration": (
        "PutBucketIntelligentTieringConfiguration DeleteBucketIntelligentTieringConfiguration"
    ),
    "PutInventoryConfiguration": "PutBucketInventoryConfiguration DeleteBucketInventoryConfiguration",
    "PutLifecycleConfiguration": "PutBucketLifecycle PutBucketLifecycleConfiguration DeleteBucketLifecycle",
    "PutMetricsConfiguration": "PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration",
    "PutObject": "CompleteMultipartUpload CopyObject CreateMultipartUpload UploadPart UploadPartCopy",
    "PutReplicationConfiguration": "PutBucketReplication DeleteBucketReplication",
}

ACTION_OF_OPERATION: Mapping[str, str] = MappingProxyType(
    {f"s3:{each}".lower(): f"s3:{action}" for action, operations in _OF_S3.items() for each in operations.split()}
)
"""The action that allows an operation, by the operation's name with its prefix, in lower case."""
