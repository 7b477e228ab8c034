"""CloudFormation templates: their resources, with functions worked out as far as that is possible before deployment.

What cannot be known stays as it was written, a function; a policy that hangs on it says so when it is judged.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
_NO_VALUE = object()
_DEEPEST = 60

_NAMES = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::AccessPoint": "Name",
}
"""The property that is the resource's name, which `Ref` gives for most of them."""

_ARNS = {
    "AWS::IAM::Role": "arn:{partition}:iam::{account}:role{path}{name}",
    "AWS::IAM::User": "arn:{partition}:iam::{account}:user{path}{name}",
    "AWS::IAM::Group": "arn:{partition}:iam::{account}:group{path}{name}",
    "AWS::IAM::ManagedPolicy": "arn:{partition}:iam::{account}:policy{path}{name}",
    "AWS::S3::Bucket": "arn:{partition}:s3:::{name}",
    "AWS::S3::AccessPoint": "arn:{partition}:s3:{region}:{account}:accesspoint/{name}",
    "AWS::SNS::Topic": "arn:{partition}:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "arn:{partition}:sqs:{region}:{account}:{name}",
    "AWS::KMS::Key": "arn:{partition}:kms:{region}:{account}:key/{name}",
    "AWS::KMS::ReplicaKey": "arn:{partition}:kms:{region}:{account}:key/{name}",
    "AWS::Lambda::Function": "arn:{partition}:lambda:{region}:{account}:function:{name}",
    "AWS::DynamoDB::Table": "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    "AWS::ECR::Repository": "arn:{partition}:ecr:{region}:{account}:repository/{name}",
    "AWS::Logs::LogGroup": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*",
}
_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
_MADE_UP_KEY = "11111111-2222-3333-4444-{:012}"
_MADE_UP_MULTI_REGION = "mrk-11111111222233334444{:012}"
_REF_IS_ARN = ("AWS::SNS::Topic", "AWS::IAM::ManagedPolicy")
_ARN_ATTRIBUTES = ("Arn", "TopicArn", "PolicyArn")
_WITH_PATH = re.compile(r"AWS::IAM::")


class NotKnownError(Exception):
    """A value that cannot be known before deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateResource:
    """A resource of a template.

    Attributes:
        name: Its logical id.
        type: Its type, such as ``AWS::S3::Bucket``.
        pointer: Where its properties stand.
        properties: Its properties, worked out as far as that is possible.
        arn: Its ARN, where it can be known.
        physical: Its name, where it can be known.
    """

    name: str
    type: str
    pointer: str
    properties: dict[str, Any]
    arn: str | None
    physical: str | None


def is_template(value: Any) -> bool:
    """Tell whether a value is a CloudFormation template."""
    resources = value.get("Resources") if isinstance(value, dict) else None
    return isinstance(resources, dict) and any(
        isinstance(each, dict) and isinstance(each.get("Type"), str) for each in resources.values()
    )


def resources_of(template: dict[str, Any], parameters: Mapping[str, str]) -> Iterator[TemplateResource]:
    """Yield the resources of a template; those whose condition does not hold are left out.

    Args:
        template: The template.
        parameters: Values of parameters, of pseudo parameters (``AWS::AccountId`` …), and names of resources by logical
            id; they come before the template's defaults.
    """
    functions = Functions(template, parameters)
    for name, resource in template["Resources"].items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            continue
        if isinstance(resource.get("Condition"), str) and not functions.may_hold(resource["Condition"]):
            continue
        properties = functions.resolved(resource.get("Properties") or {})
        yield TemplateResource(
            name=name,
            type=resource["Type"],
            pointer=f"/Resources/{name}/Properties",
            properties=properties if isinstance(properties, dict) else {},
            arn=functions.maybe(partial(functions.attribute, name, "Arn")),
            physical=functions.maybe(partial(functions.name_of, name)),
        )


def stand_ins(template: dict[str, Any]) -> dict[str, str]:
    """Return made-up values, in the right form, for what every deployment has and every resource is called."""
    names = {}
    for number, (name, resource) in enumerate(template["Resources"].items()):
        kind = str(_dict(resource).get("Type"))
        properties = _dict(_dict(resource).get("Properties"))
        if properties.get(_NAMES.get(kind, "")) is None and "PrimaryKeyArn" not in properties:
            of_key = _MADE_UP_MULTI_REGION if properties.get("MultiRegion") in (True, "true") else _MADE_UP_KEY
            names[name] = of_key.format(number) if kind in _KEYS else name.lower()
    return {"AWS::AccountId": "111122223333", "AWS::Region": "us-east-1", **names}


def made_up(template: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the stand-ins that a template is judged with: of what has a name that policies speak of."""
    types = {name: str(_dict(each).get("Type")) for name, each in template["Resources"].items()}
    return {
        name: each
        for name, each in stand_ins(template).items()
        if name not in parameters and (name not in types or types[name] in _NAMES or types[name] in _KEYS)
    }


class Functions:
    """Works out the functions of one template."""

    def __init__(self, template: dict[str, Any], parameters: Mapping[str, str]) -> None:
        self._template = template
        self._given = dict(parameters)
        self._resources: dict[str, Any] = template["Resources"]
        self._parameters = _dict(template.get("Parameters"))
        self._conditions = _dict(template.get("Conditions"))
        self._depth = 0
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ToJsonString": lambda value: json.dumps(self._value(value)),
            "Fn::Equals": lambda pair: self._value(pair[0]) == self._value(pair[1]),
            "Fn::Not": lambda one: not self._value(one[0]),
            "Fn::And": lambda several: all(self._value(each) for each in several),
            "Fn::Or": lambda several: any(self._value(each) for each in several),
            "Condition": self.holds,
        }

    def maybe(self, work: Callable[[], str]) -> str | None:
        """Return a text; None where it cannot be known."""
        try:
            found = work()
        except (NotKnownError, TypeError, ValueError, LookupError, AttributeError):
            return None
        return found if isinstance(found, str) else None

    def may_hold(self, name: str) -> bool:
        """Tell whether a condition holds, or may."""
        try:
            return bool(self.holds(name))
        except (NotKnownError, TypeError, ValueError, LookupError, AttributeError):
            return True

    def holds(self, name: str) -> bool:
        """Tell whether a condition holds.

        Raises:
            NotKnownError: Nobody knows before deployment.
        """
        if name not in self._conditions:
            raise NotKnownError(name)
        return bool(self._value(self._conditions[name]))

    def resolved(self, value: Any) -> Any:
        """Return a value with its functions worked out; those that cannot be are left as they are."""
        if isinstance(value, dict):
            if len(value) == 1 and next(iter(value)) in self._functions:
                name, argument = next(iter(value.items()))
                if name == "Condition" and not isinstance(argument, str):
                    return {name: self.resolved(argument)}
                try:
                    return self._applied(name, argument)
                except (NotKnownError, TypeError, ValueError, LookupError, AttributeError):
                    return {name: self._partly(name, argument)}
            members = {name: self.resolved(each) for name, each in value.items()}
            return {name: each for name, each in members.items() if each is not _NO_VALUE}
        if isinstance(value, list):
            return [found for each in value if (found := self.resolved(each)) is not _NO_VALUE]
        return value

    def _partly(self, name: str, argument: Any) -> Any:
        """Return what stands in a function that cannot be worked out; of an If both branches are."""
        if name == "Fn::If" and isinstance(argument, list) and argument:
            return [
                argument[0],
                *(self.resolved(each) for each in argument[1:] if self.resolved(each) is not _NO_VALUE),
            ]
        return argument

    def _applied(self, name: str, argument: Any) -> Any:
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise NotKnownError(name)
            return self._functions[name](argument)
        finally:
            self._depth -= 1

    def _value(self, value: Any) -> Any:
        """Return what a value is.

        Raises:
            NotKnownError: It, or a part of it, cannot be known.
        """
        if isinstance(value, dict) and len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in self._functions and not (name == "Condition" and not isinstance(argument, str)):
                return self._applied(name, argument)
            if name.startswith("Fn::"):
                raise NotKnownError(name)
        if isinstance(value, dict):
            return {name: self._value(each) for name, each in value.items()}
        return [self._value(each) for each in value] if isinstance(value, list) else value

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in self._given:
            return self._parameter_value(name, self._given[name])
        if name == "AWS::Partition":
            return "aws"
        if name == "AWS::URLSuffix":
            return _SUFFIXES.get(str(self._given.get("AWS::Partition")), "amazonaws.com")
        parameter = _dict(self._parameters.get(name))
        if "Default" in parameter:
            return self._parameter_value(name, parameter["Default"])
        if name not in self._resources:
            raise NotKnownError(name)
        kind = _dict(self._resources[name]).get("Type")
        return self.attribute(name, "Arn") if kind in _REF_IS_ARN else self.name_of(name)

    def _parameter_value(self, name: str, value: Any) -> Any:
        kind = str(_dict(self._parameters.get(name)).get("Type", ""))
        if kind.startswith("AWS::SSM::Parameter"):
            raise NotKnownError(name)
        if kind.startswith("List<") or kind == "CommaDelimitedList":
            return [each.strip() for each in str(value).split(",")]
        return str(value)

    def name_of(self, name: str) -> str:
        """Return the name of a resource that the template, or whoever asks, gives it.

        Fact: M2
        Raises:
            NotKnownError: CloudFormation makes it up.
        """
        if name in self._given:
            return self._given[name]
        resource = _dict(self._resources.get(name))
        kind, properties = str(resource.get("Type")), _dict(resource.get("Properties"))
        if kind == "AWS::KMS::ReplicaKey" and "PrimaryKeyArn" in properties:
            return str(self._value(properties["PrimaryKeyArn"])).rpartition("/")[2]  # related keys share their id
        stated = properties.get(_NAMES.get(kind, ""))
        if stated is None:
            raise NotKnownError(name)
        return str(self._value(stated))

    def attribute(self, name: str, attribute: str) -> str:
        """Return an attribute of a resource: its ARN, or its name.

        Raises:
            NotKnownError: It is made when the template is deployed.
        """
        resource = _dict(self._resources.get(name))
        kind = str(resource.get("Type"))
        if attribute in ("KeyId", "QueueName", "TopicName"):
            return self.name_of(name)
        if attribute not in _ARN_ATTRIBUTES or kind not in _ARNS:
            raise NotKnownError(f"{name}.{attribute}")
        path = _dict(resource.get("Properties")).get("Path", "/") if _WITH_PATH.match(kind) else ""
        form = _ARNS[kind]
        return form.format(
            partition=self._ref("AWS::Partition"),
            region=self._ref("AWS::Region") if "{region}" in form else "",
            account=self._ref("AWS::AccountId") if "{account}" in form else "",
            path=self._value(path),
            name=self.name_of(name),
        )

    def _get_att(self, argument: Any) -> str:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.attribute(parts[0], self._value(parts[1]))

    def _sub(self, argument: Any) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else (argument[0], _dict(argument[1]))

        def put(match: re.Match[str]) -> str:
            literal, name = match[1], match[2].strip()
            if literal:
                return f"${{{match[2]}}}"
            if name in own:
                return _text(self._value(own[name]))
            return _text(self._get_att(name) if "." in name and name not in self._given else self._ref(name))

        return _VARIABLE.sub(put, text)

    def _join(self, argument: Any) -> str:
        values = self._value(argument[1])
        return str(argument[0]).join(_text(each) for each in values if each is not _NO_VALUE)

    def _select(self, argument: Any) -> Any:
        return self._value(argument[1])[int(self._value(argument[0]))]

    def _split(self, argument: Any) -> list[str]:
        return _text(self._value(argument[1])).split(str(argument[0]))

    def _if(self, argument: Any) -> Any:
        name, yes, no = argument
        return self.resolved(yes if self.holds(name) else no)

    def _find_in_map(self, argument: Any) -> Any:
        first, second, third = (self._value(each) for each in argument[:3])
        return _dict(self._template.get("Mappings"))[first][second][third]


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is _NO_VALUE:
        raise NotKnownError(str(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
