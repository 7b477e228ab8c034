"""Condition keys that only a few actions of their service carry, by AWS's service authorization reference.

Written by ``python -m tests.catalog.keys_of_few_actions`` and not to be edited. Keys of at most 8 actions, of the
services whose policies are written most: a condition on one of them waits in vain beside any other action.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

KEYS_OF_FEW_ACTIONS = {
    "dynamodb:Select": "BatchGetItem GetItem PartiQLSelect Query Scan",
    "dynamodb:ReturnValues": "ConditionCheckItem DeleteItem PartiQLDelete PartiQLUpdate PutItem Query Scan UpdateItem",
    "dynamodb:EnclosingOperation": "DeleteItem GetItem PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate PutItem UpdateItem",
    "dynamodb:FisActionId dynamodb:FisTargetArns": "InjectError",
    "dynamodb:FullTableScan": "PartiQLSelect",
    "iam:PolicyARN": "AttachGroupPolicy AttachRolePolicy AttachUserPolicy DetachGroupPolicy DetachRolePolicy DetachUserPolicy",
    "iam:RoleTemplateARN": "AttachRolePolicy CreateRole GetRole PutRolePermissionsBoundary PutRolePolicy TagRole",
    "iam:DelegationDuration iam:NotificationChannel iam:TemplateArn": "CreateDelegationRequest",
    "iam:AWSServiceName": "CreateServiceLinkedRole",
    "iam:ServiceSpecificCredentialAgeDays": "CreateServiceSpecificCredential",
    "iam:ServiceSpecificCredentialServiceName": "CreateServiceSpecificCredential DeleteServiceSpecificCredential ResetServiceSpecificCredential UpdateServiceSpecificCredential",
    "iam:FIDO-FIPS-140-2-certification iam:FIDO-FIPS-140-3-certification iam:FIDO-certification iam:RegisterSecurityKey": "EnableMFADevice",
    "iam:OrganizationsPolicyId": "GenerateOrganizationsAccessReport",
    "iam:AccountPropertyNamespaces": "GetAccountProperties PutAccountProperties",
    "iam:DelegationRequestOwner": "ListDelegationRequests",
    "iam:AssociatedResourceArn iam:PassedToService": "PassRole",
    "s3:deliverySourceArn s3:logType s3:resourceArnBeingAuthorized": "AllowVendedLogDeliveryForResource",
    "s3:x-amz-acl": "BypassGovernanceRetention CreateAccessPoint CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl",
    "s3:x-amz-grant-full-control s3:x-amz-grant-read s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp": "BypassGovernanceRetention CreateBucket PutBucketAcl PutObject PutObjectAcl PutObjectVersionAcl",
    "s3:x-amz-copy-source s3:x-amz-metadata-directive s3:x-amz-website-redirect-location": "BypassGovernanceRetention PutObject",
    "s3:x-amz-storage-class": "BypassGovernanceRetention PutObject PutObjectAcl PutObjectVersionAcl",
    "s3:RequestObjectTag/ s3:RequestObjectTagKeys": "BypassGovernanceRetention PutObject PutObjectTagging PutObjectVersionTagging",
    "s3:x-amz-server-side-encryption-customer-algorithm": "BypassGovernanceRetention PutObject ReplicateObject",
    "s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id": "BypassGovernanceRetention PutObject ReplicateObject UpdateObjectEncryption",
    "s3:AccessGrantScope": "CreateAccessGrant DeleteAccessGrant GetAccessGrant",
    "s3:AccessGrantsLocationScope": "CreateAccessGrantsLocation DeleteAccessGrantsLocation GetAccessGrantsLocation UpdateAccessGrantsLocation",
    "s3:locationconstraint": "CreateAccessPoint CreateBucket",
    "s3:AccessPointTag/": "CreateAccessPoint DeleteAccessPoint DeleteAccessPointPolicy GetAccessPoint GetAccessPointPolicy GetAccessPointPolicyStatus ListBucketMultipartUploads",
    "s3:x-amz-bucket-namespace s3:x-amz-object-ownership": "CreateBucket",
    "s3:RequestJobOperation": "CreateJob",
    "s3:RequestJobPriority": "CreateJob UpdateJobPriority",
    "s3:ExistingJobOperation s3:ExistingJobPriority": "DeleteJobTagging PutJobTagging UpdateJobPriority UpdateJobStatus",
    "s3:if-match": "DeleteObject PutObject",
    "s3:x-amz-object-if-match": "DeleteObjectAnnotation DeleteObjectVersionAnnotation PutObjectAnnotation PutObjectVersionAnnotation",
    "s3:delimiter s3:max-keys s3:prefix": "ListBucket ListBucketVersions",
    "s3:annotation-prefix s3:max-annotation-results": "ListObjectAnnotations ListObjectVersionAnnotations",
    "s3:destinationRegion": "PauseReplication",
    "s3:InventoryAccessibleOptionalFields": "PutInventoryConfiguration",
    "s3:ObjectCreationOperation s3:if-none-match s3:x-amz-object-annotation-directive": "PutObject",
    "s3:object-lock-legal-hold": "PutObject PutObjectLegalHold",
    "s3:object-lock-mode s3:object-lock-remaining-retention-days s3:object-lock-retain-until-date": "PutObject PutObjectRetention",
    "s3:object-lock-event-hold s3:object-lock-event-hold-duration-days": "PutObject PutObjectRetention ReplicateObject",
    "s3:isReplicationPauseRequest": "PutReplicationConfiguration",
    "s3:JobSuspendedCause": "UpdateJobStatus",
}
"""Their names, each row with the actions that carry them."""
