"""One statement against one request: does it apply, and if not, which element failed.

Compiled once for each document. A trust policy's statements have no Resource; every other statement needs one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from policygen.aws.arns import COLONS
from policygen.document.model import Effect, PolicyDocument, Statement
from policygen.errors import DocumentError, Place, Problem
from policygen.evaluation.remarks import on_condition, on_patterns, on_principal
from policygen.evaluation.results.traces import ElementReason, ElementTrace
from policygen.matching.actions import compile_action
from policygen.matching.arns import compile_resource
from policygen.matching.conditions import CompiledCondition, ConditionReason, compile_condition
from policygen.matching.conditions.operators import operator_names
from policygen.matching.principals import PrincipalMatch, PrincipalMatcher, exempted_by_not_principal
from policygen.matching.variables import Template, compile_template, static_tokens
from policygen.matching.wildcards import Matcher, Tokens, joined, tokens_of
from policygen.request.model import Request
from policygen.request.principal import Principal

_OPERATORS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"


class Patterns:
    """The values of an Action or Resource element, or of its Not form. Never changes.

    Patterns are read and compiled when they are first asked for: a policy has many and a request meets few.

    Attributes:
        negated: Whether it is the Not form.
        written: The values as written.
        templates: The values with variables.
    """

    __slots__ = ("_compile", "_matchers", "_plain", "_static", "negated", "templates", "written")

    def __init__(
        self,
        *,
        negated: bool,
        written: tuple[str, ...],
        plain: tuple[str | Tokens, ...],
        compiler: Callable[[Any], Matcher],
        templates: tuple[Template, ...] = (),
    ) -> None:
        """Hold the patterns without variables (``plain``, as text or tokens) and what makes a matcher of each."""
        self.negated = negated
        self.written = written
        self.templates = templates
        self._plain = plain
        self._compile = compiler
        self._static: tuple[Tokens, ...] | None = None
        self._matchers: tuple[Matcher, ...] | None = None

    @property
    def static(self) -> tuple[Tokens, ...]:
        """The patterns without variables."""
        if self._static is None:
            self._static = tuple(tokens_of(each) if isinstance(each, str) else each for each in self._plain)
        return self._static

    def lists(self, text: str) -> bool:
        """Tell whether a pattern without variables matches ``text``, an action in lower case or a resource."""
        if self._matchers is None:
            self._matchers = tuple(self._compile(each) for each in self._plain)
        for match in self._matchers:  # noqa: SIM110  # `any` over a generator takes twice as long
            if match(text):
                return True
        return False

    def matches(self, text: str, request: Request) -> bool:
        """Tell whether the element lets a statement apply to ``text``, an action in lower case or a resource."""
        if self.lists(text):
            return not self.negated
        for template in self.templates:
            tokens = template.resolve(request.context)
            if tokens is not None and self._compile(tokens)(text):
                return not self.negated
        return self.negated


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledStatement:
    """A statement, ready to be judged.

    Attributes:
        statement: As written.
        policy: Its policy's name.
        conditions: Its compiled conditions.
        actions: Its Action or NotAction; None when it has neither, or an empty one.
        resources: Its Resource or NotResource; None when it has neither, or an empty one.
        principal: Its Principal; None when it has none.
    """

    statement: Statement
    policy: str
    conditions: tuple[CompiledCondition, ...]
    actions: Patterns | None
    resources: Patterns | None
    principal: PrincipalMatcher | None

    @property
    def denies(self) -> bool:
        """Whether its Effect is Deny."""
        return self.statement.effect is Effect.DENY

    def action_matches(self, request: Request) -> bool:
        """Tell whether Action or NotAction lets the statement apply."""
        return self.concerns(request.action.lower())

    def concerns(self, action: str) -> bool:
        """Tell whether Action or NotAction matches an action in lower case; a statement without either has none (E86).

        Neither element takes variables, so this hangs on the action alone.
        """
        return self.actions is not None and self.actions.lists(action) is not self.actions.negated

    def resource_matches(self, request: Request, *, implies_resource: bool = False) -> bool:
        """Tell whether Resource or NotResource lets the statement apply; only a trust policy has neither (E78)."""
        if self.resources is None:
            return implies_resource and self.names_no_resource
        return self.resources.matches(request.resource, request)

    @property
    def names_no_resource(self) -> bool:
        """Whether it has neither Resource nor NotResource; an empty one is there all the same (E150)."""
        return self.statement.resource is None and self.statement.not_resource is None

    def conditions_hold(self, request: Request) -> bool:
        """Tell whether every condition holds (E4, E190)."""
        if not self.conditions:
            return True
        context = request.context
        return all(condition.holds(context) for condition in self.conditions)

    def applies(self, request: Request, *, implies_resource: bool = False) -> bool:
        """Tell whether Action, Resource and Condition match; the principal is judged apart.

        Fact: E4, E116, E117, E150
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
        """
        return self.action_matches(request) and self.meets(request, implies_resource=implies_resource)

    def meets(self, request: Request, *, implies_resource: bool = False) -> bool:
        """Tell whether Resource and Condition match, of a statement that concerns the action."""
        return self.resource_matches(request, implies_resource=implies_resource) and self.conditions_hold(request)

    def names(self, caller: Principal) -> PrincipalMatch:
        """Return how Principal or NotPrincipal names the caller; a statement with neither names nobody.

        A NotPrincipal names directly whoever it does not spare.

        Unspecified: AWS does not support NotPrincipal with Allow; here it is read as it stands.
        """
        if self.principal is not None:
            return self.principal.match(caller)
        if self.statement.not_principal is None:
            return PrincipalMatch.NONE
        if exempted_by_not_principal(self.statement.not_principal, caller):
            return PrincipalMatch.NONE
        return PrincipalMatch.DIRECT

    def trace(
        self, request: Request, *, names: PrincipalMatch | None, implies_resource: bool = False
    ) -> tuple[ElementTrace, ...]:
        """Return the outcome of every element.

        Args:
            request: The request.
            names: How the statement names the caller; None where the policy's type has no Principal element.
            implies_resource: Whether a statement without Resource means the resource that its policy is attached to.
        """
        found = [] if names is None else [self._trace_principal(request, names)]
        found.append(self._trace_patterns(request, "Action", self.actions, self.action_matches(request)))
        if not (implies_resource and self.names_no_resource):
            matched = self.resource_matches(request, implies_resource=implies_resource)
            found.append(self._trace_patterns(request, "Resource", self.resources, matched))
        found.extend(_trace_condition(condition, request) for condition in self.conditions)
        return tuple(found)

    def _trace_principal(self, request: Request, match: PrincipalMatch) -> ElementTrace:
        negated = self.statement.principal is None and self.statement.not_principal is not None
        element = self.statement.not_principal if negated else self.statement.principal
        if element is None:
            reason = ElementReason.PRINCIPAL_MISSING
        elif match is not PrincipalMatch.NONE:
            reason = ElementReason.MATCHED
        else:
            reason = ElementReason.PRINCIPAL_EXEMPTED if negated else ElementReason.PRINCIPAL_NOT_NAMED
        wanted = tuple(entry.value for entry in element.entries) if element else ()
        return ElementTrace(
            element="NotPrincipal" if negated else "Principal",
            matched=match is not PrincipalMatch.NONE,
            reason=reason.value,
            wanted=wanted,
            found=(request.principal.arn,),
            remarks=() if reason is ElementReason.MATCHED else tuple(on_principal(wanted, request.principal)),
        )

    def _trace_patterns(self, request: Request, name: str, patterns: Patterns | None, matched: bool) -> ElementTrace:
        found = request.action if name == "Action" else request.resource
        if patterns is None:
            reason = ElementReason.ACTION_MISSING if name == "Action" else ElementReason.RESOURCE_MISSING
            return ElementTrace(element=name, matched=matched, reason=reason.value, found=(found,))
        if matched:
            reason = ElementReason.MATCHED
        elif patterns.negated:
            reason = ElementReason.ACTION_EXCLUDED if name == "Action" else ElementReason.RESOURCE_EXCLUDED
        elif any(template.resolve(request.context) is None for template in patterns.templates):
            reason = ElementReason.VARIABLE_UNRESOLVED
        else:
            reason = ElementReason.ACTION_NOT_LISTED if name == "Action" else ElementReason.RESOURCE_NOT_LISTED
        return ElementTrace(
            element=f"Not{name}" if patterns.negated else name,
            matched=matched,
            reason=reason.value,
            wanted=patterns.written,
            found=(found,),
            remarks=self._remarks(request, patterns, matched) if name == "Resource" else (),
        )

    def _remarks(self, request: Request, patterns: Patterns, matched: bool) -> tuple[str, ...]:
        """Return what one should know of a Resource element: nothing where a pattern without variables matches."""
        if patterns.lists(request.resource):
            return ()
        return tuple(on_patterns(patterns.written, patterns.templates, request, matched=matched))

    @property
    def resource_templates(self) -> tuple[Template, ...]:
        """The values of Resource or NotResource that hold variables."""
        return self.resources.templates if self.resources else ()

    def variables(self, key: str | None) -> frozenset[str]:
        """Return the keys of the variables in the conditions on a key, in lower case; None stands for Resource."""
        templates = [
            each
            for condition in self.conditions
            if key and condition.key == key.lower()
            for each in condition.templates
        ]
        return frozenset().union(*(each.variable_keys() for each in (templates if key else self.resource_templates)))

    def variable_keys(self) -> frozenset[str]:
        """Return every context key that the statement looks at, in lower case."""
        keys = [condition.context_keys() for condition in self.conditions]
        return frozenset().union(*keys, *(template.variable_keys() for template in self.resource_templates))


def _trace_condition(condition: CompiledCondition, request: Request) -> ElementTrace:
    reason = condition.reason(request.context)
    found = request.context.get(condition.key)
    holds = condition.holds(request.context)
    return ElementTrace(
        element="Condition",
        matched=holds,
        reason=reason.value if isinstance(reason, ConditionReason) else str(reason),
        operator=condition.entry.operator,
        key=condition.entry.key,
        wanted=condition.entry.values,
        found=found.values if found else (),
        remarks=tuple(on_condition(condition, request, holds=holds)),
    )


def compile_statements(document: PolicyDocument, policy: str) -> tuple[CompiledStatement, ...]:
    """Return the statements of a document, compiled.

    Raises:
        DocumentError: PG-D007 for each condition operator that AWS does not know: such a statement cannot be judged;
            PG-D009 for each function of a template whose value is not known.
    """
    problems: list[Problem] = list(document.unresolved)
    compiled = tuple(_compile(statement, document, policy, problems) for statement in document.statements)
    if problems:
        raise DocumentError(*problems)
    return compiled


def _compile(statement: Statement, document: PolicyDocument, policy: str, problems: list[Problem]) -> CompiledStatement:
    conditions = []
    for entry in statement.condition:
        condition = compile_condition(entry, variables=document.has_variables)
        if condition is None:
            problems.append(_unknown_operator(entry.operator, statement, document))
        else:
            conditions.append(condition)
    return CompiledStatement(
        statement=statement,
        policy=policy,
        conditions=tuple(conditions),
        actions=_actions(statement),
        resources=_resources(statement, variables=document.has_variables),
        principal=PrincipalMatcher(statement.principal) if statement.principal is not None else None,
    )


def _unknown_operator(operator: str, statement: Statement, document: PolicyDocument) -> Problem:
    from difflib import get_close_matches

    near = get_close_matches(operator, operator_names(), n=1)
    pointer = f"/Statement/{statement.index}/Condition/{operator}"
    return Problem(
        code="PG-D007",
        message=f"unknown condition operator `{operator}`",
        place=Place(source=document.source, pointer=pointer),
        hint=f"did you mean `{near[0]}`?" if near else None,
        doc_url=_OPERATORS,
    )


def _actions(statement: Statement) -> Patterns | None:
    """Action wins where a statement has both elements, which AWS refuses to save (E129)."""
    written = statement.action if statement.action is not None else statement.not_action
    if written is None:
        return None
    return _effective(
        Patterns(negated=statement.action is None, written=written, plain=written, compiler=compile_action)
    )


def _resources(statement: Statement, *, variables: bool) -> Patterns | None:
    written = statement.resource if statement.resource is not None else statement.not_resource
    if written is None:
        return None
    plain: list[str | Tokens] = [value for value in written if "${" not in value]
    templates = [resource_template(value, variables=variables) for value in written if "${" in value]
    plain.extend(static_tokens(each) for each in templates if not each.has_variables)
    return _effective(
        Patterns(
            negated=statement.resource is None,
            written=written,
            plain=tuple(plain),
            compiler=_resource_matcher,
            templates=tuple(each for each in templates if each.has_variables),
        )
    )


def _resource_matcher(pattern: str | Tokens) -> Matcher:
    return compile_resource(tokens_of(pattern) if isinstance(pattern, str) else pattern)


def _effective(patterns: Patterns) -> Patterns | None:
    """An empty list makes the statement ineffective, in its Not form too (E150)."""
    return patterns if patterns.written else None


def resource_template(value: str, *, variables: bool) -> Template:
    """Return the template of a Resource value: variables count after the fifth colon only (E173)."""
    if not variables:
        return compile_template(value, variables=False)
    parts = value.split(":", COLONS)
    head = ":".join(parts[:COLONS]) + ":" if len(parts) > COLONS else value
    rest = parts[COLONS] if len(parts) > COLONS else ""
    first = compile_template(head, variables=False)
    second = compile_template(rest, variables=True)
    if not second.has_variables:
        both = joined((*static_tokens(first), *static_tokens(second)))
        return Template(text=value, parts=both, has_variables=False)
    return Template(text=value, parts=(*first.parts, *second.parts), has_variables=True)
