"""A small AWS: it deploys CloudFormation templates as CloudFormation would, and refuses what AWS would refuse.

It knows the functions that policygen's templates use and nothing else, and keeps what was made, so that tests can
compare it with the documents. Keys get ids of its own making.
"""

import copy
import re
from graphlib import TopologicalSorter

NO_VALUE = object()
PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov"}


def partition_of(region):
    """Return a Region's partition."""
    return next((name for start, name in PARTITIONS.items() if region.startswith(f"{start}-")), "aws")


def references(value):
    """Yield every logical id that a value refers to, both branches of ``Fn::If`` included."""
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        elif "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][0]
        elif "Fn::Sub" in value:
            text, local = value["Fn::Sub"] if isinstance(value["Fn::Sub"], list) else (value["Fn::Sub"], {})
            names = (name.partition(".")[0] for name in re.findall(r"\$\{(?!!)([^}]+)\}", text))
            yield from (name for name in names if name not in local)
            yield from references(local)
        else:
            for each in value.values():
                yield from references(each)


def dependencies(resource):
    """Return every logical id that a resource waits for, and pseudo parameters and parameters beside them."""
    found = [resource.get("Properties"), resource.get("Metadata")]
    return {*references(found), *resource.get("DependsOn", [])}


class RefusedError(AssertionError):
    """What AWS would refuse."""


def require(holds, *why):
    """Refuse unless something holds."""
    if not holds:
        raise RefusedError(*why)


class Stack:
    """One template in its account and Region, with its parameters and what it has made."""

    def __init__(self, cloud, path, template):
        """Prepare a stack that has made nothing yet."""
        self.cloud, self.template = cloud, template
        self.account, _, file = path.split("/")
        self.region = file.removesuffix(".json")
        self.given, self.made = {}, {}

    # --- functions

    def value(self, value):
        """Return a value with every function in it evaluated."""
        if isinstance(value, list):
            return [each for each in map(self.value, value) if each is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self.ref(argument)
            if name.startswith("Fn::"):
                return getattr(self, f"fn_{name.removeprefix('Fn::').lower()}")(argument)
        found = {name: self.value(each) for name, each in value.items()}
        return {name: each for name, each in found.items() if each is not NO_VALUE}

    def ref(self, name):
        """Return what ``Ref`` returns."""
        pseudo = {"AWS::Partition": partition_of(self.region), "AWS::NoValue": NO_VALUE}
        if name in pseudo:
            return pseudo[name]
        return self.given[name] if name in self.given else self.made[name]["Ref"]

    def fn_getatt(self, argument):
        """Return an attribute of a resource."""
        name, attribute = argument
        return self.made[name][attribute]

    def fn_sub(self, argument):
        """Return a text with its variables replaced; ``${!x}`` is the text ``${x}``."""
        text, local = argument if isinstance(argument, list) else (argument, {})

        def replaced(match):
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in local:
                return self.value(local[name])
            resource, _, attribute = name.partition(".")
            return self.fn_getatt([resource, attribute]) if attribute else self.ref(name)

        return re.sub(r"\$\{([^}]+)\}", replaced, text)

    def fn_if(self, argument):
        """Return the branch that a condition picks."""
        condition, yes, no = argument
        return self.value(yes if self.holds(condition) else no)

    def holds(self, condition):
        """Tell whether a named condition, or a condition's expression, holds."""
        if isinstance(condition, str):
            return self.holds(self.template["Conditions"][condition])
        ((name, argument),) = condition.items()
        if name == "Condition":
            return self.holds(argument)
        if name == "Fn::Equals":
            return self.value(argument[0]) == self.value(argument[1])
        if name == "Fn::Contains":
            return self.value(argument[1]) in argument[0]
        if name == "Fn::Not":
            return not self.holds(argument[0])
        assert name in ("Fn::Or", "Fn::And"), name
        assert 2 <= len(argument) <= 10
        return (any if name == "Fn::Or" else all)(map(self.holds, argument))

    # --- deployment

    def deploy(self, given):
        """Deploy the template with parameters; those of the last deployment and defaults fill the gaps."""
        declared = self.template.get("Parameters", {})
        require(given.keys() <= declared.keys(), "unknown parameters", given)
        defaults = {name: each["Default"] for name, each in declared.items() if "Default" in each}
        self.given = defaults | self.given | given
        require(self.given.keys() == declared.keys(), "parameters missing", declared.keys() - self.given.keys())
        for name, each in declared.items():
            require(self.given[name] in each.get("AllowedValues", [self.given[name]]), name, self.given[name])
            require(re.fullmatch(each.get("AllowedPattern", ".*"), self.given[name]), name, self.given[name])
        for rule in self.template.get("Rules", {}).values():
            for each in rule["Assertions"]:
                require(not self.holds(rule["RuleCondition"]) or self.holds(each["Assert"]), each["AssertDescription"])
        resources = self.template["Resources"]
        active = {name: each for name, each in resources.items() if self.holds_for(each)}
        removed = self.made.keys() - active.keys()
        require(not removed, "resources would be removed", removed)
        for name in self.order(active):
            self.make(name, active[name])

    def holds_for(self, each):
        """Tell whether a resource or output is there under the parameters of this deployment."""
        return "Condition" not in each or self.holds(each["Condition"])

    def order(self, active):
        """Return the resources so that what each one waits for comes before it."""
        graph = {}
        for name, resource in active.items():
            taken = self.taken(resource.get("Properties")), self.taken(resource.get("Metadata"))
            needs = {*references(list(taken)), *resource.get("DependsOn", [])}
            require(not (needs & self.template["Resources"].keys()) - active.keys(), name, "needs what is not made")
            graph[name] = needs & active.keys()
        return TopologicalSorter(graph).static_order()

    def taken(self, value):
        """Return a value with the branches of ``Fn::If`` that are not taken left out."""
        if isinstance(value, list):
            return [self.taken(each) for each in value]
        if isinstance(value, dict):
            if "Fn::If" in value:
                condition, yes, no = value["Fn::If"]
                return self.taken(yes if self.holds(condition) else no)
            return {name: self.taken(each) for name, each in value.items()}
        return value

    def make(self, name, resource):
        """Make or update one resource."""
        properties = self.value(resource["Properties"])
        kind = resource["Type"].removeprefix("AWS::").replace("::", "_").lower()
        self.made[name] = getattr(self, kind)(properties | {"Ref": self.made.get(name, {}).get("Ref")})

    def outputs(self):
        """Return the outputs that are there."""
        listed = self.template.get("Outputs", {})
        return {name: self.value(each["Value"]) for name, each in listed.items() if self.holds_for(each)}

    # --- resources

    def iam_role(self, properties):
        """Make a role; its boundary must exist."""
        boundary = properties.get("PermissionsBoundary")
        require(boundary is None or boundary in self.cloud.existing, "no boundary", boundary)
        arn = f"arn:{partition_of(self.region)}:iam::{self.account}:role{properties['Path']}{properties['RoleName']}"
        role = self.cloud.roles.setdefault(arn, {"permissions": None})
        role |= {"trust": properties["AssumeRolePolicyDocument"], "boundary": boundary}
        return {"Ref": properties["RoleName"], "Arn": arn}

    def iam_rolepolicy(self, properties):
        """Put a role's inline policy; the keys that it names exist."""
        roles = (arn for arn in self.cloud.roles if arn.split(":")[4] == self.account)
        arn = next(arn for arn in roles if arn.endswith(f"/{properties['RoleName']}"))
        document = properties["PolicyDocument"]
        for statement in document["Statement"]:
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            for each in resources:
                require(":kms:" not in each or self.cloud.key_somewhere(each), "no key", each)
        self.cloud.roles[arn]["permissions"] = document
        return {"Ref": properties["PolicyName"]}

    def principals_exist(self, document):
        """Refuse a policy that names a user or role that does not exist."""
        for statement in document["Statement"]:
            named = statement["Principal"].get("AWS", []) if isinstance(statement["Principal"], dict) else []
            for arn in [named] if isinstance(named, str) else named:
                session = re.fullmatch(r"arn:[\w-]+:sts::(\d+):assumed-role/([^/]+)/.*", arn)
                roles = [each.split(":")[4:] for each in self.cloud.roles]
                of_role = session and any(a == session[1] and r.endswith(f"/{session[2]}") for a, r in roles)
                there = arn.endswith(":root") or arn in self.cloud.existing or arn in self.cloud.roles or of_role
                require(there, "invalid principal", arn)

    def kms_key(self, properties):
        """Make a key."""
        key_id = properties["Ref"] or self.cloud.new_key_id(multi_region=properties.get("MultiRegion"))
        return self.key(key_id, properties)

    def kms_replicakey(self, properties):
        """Make a replica of a primary key that exists in the same account and another Region."""
        primary = properties["PrimaryKeyArn"]
        require(primary in self.cloud.keys, "no primary key", primary)
        _, _, _, region, account, resource = primary.split(":")
        require((region != self.region, account) == (True, self.account), primary)
        return self.key(resource.removeprefix("key/"), properties)

    def key(self, key_id, properties):
        """Keep a key with its policy."""
        self.principals_exist(properties["KeyPolicy"])
        arn = f"arn:{partition_of(self.region)}:kms:{self.region}:{self.account}:key/{key_id}"
        self.cloud.keys[arn] = properties
        return {"Ref": key_id, "Arn": arn}

    def kms_alias(self, properties):
        """Make an alias of a key of this account and Region."""
        arn = f"arn:{partition_of(self.region)}:kms:{self.region}:{self.account}:key/{properties['TargetKeyId']}"
        require(arn in self.cloud.keys, "no key", arn)
        self.cloud.aliases[(self.account, self.region, properties["AliasName"])] = arn
        return {"Ref": properties["AliasName"]}

    def s3_bucket(self, properties):
        """Make a bucket; keys, roles and destinations that it names exist."""
        for rule in properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]:
            key = rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")
            require(key is None or key in self.cloud.keys, "no key", key)
            require(key is None or key.split(":")[3] == self.region, "key of another Region", key)
        arn = f"arn:{partition_of(self.region)}:s3:::{properties['BucketName']}"
        if "ReplicationConfiguration" in properties:
            self.replicates(properties)
        self.cloud.buckets[arn] = copy.deepcopy(properties)
        return {"Ref": properties["BucketName"], "Arn": arn}

    def replicates(self, properties):
        """Refuse a replication configuration before its role, or its destinations with versioning, are ready."""
        configuration = properties["ReplicationConfiguration"]
        role = self.cloud.roles.get(configuration["Role"])
        require(role is not None and role["permissions"], "no role with its policy", configuration["Role"])
        require(properties["VersioningConfiguration"] == {"Status": "Enabled"}, "not versioned")
        for rule in configuration["Rules"]:
            bucket = self.cloud.buckets.get(rule["Destination"]["Bucket"], {})
            require(bucket.get("VersioningConfiguration") == {"Status": "Enabled"}, "no destination", rule)
            key = rule["Destination"].get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID")
            require(key is None or key in self.cloud.keys, "no replica key", key)

    def s3_bucketpolicy(self, properties):
        """Put a bucket policy."""
        arn = f"arn:{partition_of(self.region)}:s3:::{properties['Bucket']}"
        require(arn in self.cloud.buckets, "no bucket", arn)
        self.principals_exist(properties["PolicyDocument"])
        self.cloud.bucket_policies[arn] = properties["PolicyDocument"]
        return {"Ref": properties["Bucket"]}


class Cloud:
    """What exists, in all accounts and Regions."""

    def __init__(self, existing=(), keys=()):
        """Begin with principals and permissions boundaries, and with keys, that exist already (ARNs)."""
        self.existing = frozenset(existing)
        self.keys = dict.fromkeys(keys)
        self.roles, self.buckets, self.bucket_policies, self.aliases = {}, {}, {}, {}
        self.count = 0

    def new_key_id(self, *, multi_region):
        """Return a key id that no other key has."""
        self.count += 1
        return f"mrk-{self.count:032x}" if multi_region else f"{self.count:08x}-0000-4000-8000-{self.count:012x}"

    def key_somewhere(self, arn):
        """Tell whether a key, or a related key in another Region, exists."""
        return any(arn.split(":")[4:] == each.split(":")[4:] for each in self.keys)
