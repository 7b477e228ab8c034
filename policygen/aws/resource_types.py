"""CloudFormation's names of the resource types that have a policy of their own.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

BUCKET = "AWS::S3::Bucket"
KEY = "AWS::KMS::Key"
ACCESS_POINT = "AWS::S3::AccessPoint"
ACCESS_POINTS = frozenset({ACCESS_POINT, "AWS::S3::MultiRegionAccessPoint"})
SERVICE_OF_RESOURCE = {
    BUCKET: "s3",
    **dict.fromkeys(ACCESS_POINTS, "s3"),
    KEY: "kms",
    **{
        f"AWS::{kind}": prefix
        for prefix, kinds in {
            "acm-pca": "ACMPCA::CertificateAuthority",
            "backup": "Backup::BackupVault",
            "codeartifact": "CodeArtifact::Domain CodeArtifact::Repository",
            "dynamodb": "DynamoDB::Table DynamoDB::GlobalTable",
            "ecr": "ECR::Repository",
            "ecr-public": "ECR::PublicRepository",
            "elasticfilesystem": "EFS::FileSystem",
            "es": "Elasticsearch::Domain OpenSearchService::Domain",
            "events": "Events::EventBus",
            "execute-api": "ApiGateway::RestApi",
            "kinesis": "Kinesis::Stream Kinesis::StreamConsumer",
            "lambda": "Lambda::Function Lambda::LayerVersion",
            "logs": "Logs::Destination Logs::LogGroup",
            "s3-object-lambda": "S3ObjectLambda::AccessPoint",
            "s3-outposts": "S3Outposts::AccessPoint S3Outposts::Bucket",
            "s3express": "S3Express::AccessPoint S3Express::DirectoryBucket",
            "s3tables": "S3Tables::Table S3Tables::TableBucket",
            "secretsmanager": "SecretsManager::Secret",
            "ses": "SES::EmailIdentity",
            "sns": "SNS::Topic",
            "sqs": "SQS::Queue",
            "vpc-lattice-svcs": "VpcLattice::Service VpcLattice::ServiceNetwork",
        }.items()
        for kind in kinds.split()
    },
}
"""The one service whose actions and ARNs the policy of a resource may name."""
