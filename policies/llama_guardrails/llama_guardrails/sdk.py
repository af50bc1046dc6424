"""The rules as ordinary policies of ``pulumi_policy``, to be composed with others in a pack of one's own.

What the engine tells the SDK is less than what it tells :mod:`llama_guardrails.pack`: which values are secrets is gone
before a policy is asked, so the rules about secrets are left out, and no message can have a secret cut out of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from llama_guardrails.configuration import (
    GENERAL,
    Configuration,
    ConfigurationError,
    parse_configuration,
    short_schema,
)
from llama_guardrails.context import Moment
from llama_guardrails.estate import Estate
from llama_guardrails.evaluation import Evaluator, Verdict
from llama_guardrails.findings import Finding, Kind
from llama_guardrails.inventory import RULES
from llama_guardrails.resource_types import WATCHED
from llama_guardrails.rule import Rule, When
from llama_guardrails.stack_context import stack_context
from llama_guardrails.view import Resource
from llama_guardrails.wire import plain_properties, unversioned

NEED_SECRETS = frozenset({"connection-credentials-secret", "no-secret-in-clear"})
"""The rules that judge whether a value is a secret, which the SDK does not tell: they are none of :func:`policies`."""


class UndecidedError(UnknownValueError):
    """A rule cannot decide yet: the SDK says so in a preview, by the rule's own words."""

    def __init__(self, message: str) -> None:
        super().__init__(UNKNOWN_STRING_VALUE, [])
        self.message = message


def policies(configuration: Mapping[str, Any] | None = None, rules: Sequence[Rule[Any]] = RULES) -> list[Policy]:
    """Return the rules as policies, each with its level, severity, remedy, tags and options.

    Args:
        configuration: what a file of ``policies/config`` says: by rule name a level, or ``enforcementLevel`` and
            options; exemptions are given here only. A ``--policy-pack-config`` of the pack is stronger, rule by rule.
        rules: which rules. Default: all but those of :data:`NEED_SECRETS`.

    Raises:
        ConfigurationError: the configuration cannot be used; the message lists all that is wrong.
    """
    run = _Run(parse_configuration(configuration or {}, RULES, "the configuration given to policies()"))
    return [_policy(rule, run) for rule in rules if rule.name not in NEED_SECRETS]


@dataclass
class _Run:
    """What all policies of one pack share."""

    configuration: Configuration
    seen: dict[str, Resource] = field(default_factory=dict)
    readers: dict[str, set[str]] = field(default_factory=dict)
    evaluators: dict[str, tuple[Any, Evaluator]] = field(default_factory=dict)

    def evaluator(self, rule: Rule[Any], config: Mapping[str, Any]) -> Evaluator:
        """Return what judges by a rule, with the options that the engine gives to it."""
        known = self.evaluators.get(rule.name)
        if known is None or known[0] != config:
            configuration = self.configuration
            if config:
                if rule.name == GENERAL:
                    raise ConfigurationError(f"{GENERAL}: give exemptions and dates to policies(), not to the engine.")
                parsed = parse_configuration({rule.name: dict(config)}, RULES, "the configuration of the policy pack")
                setting = replace(configuration.of(rule), options=parsed.of(rule).options)
                configuration = Configuration({**configuration.settings, rule.name: setting})
            known = (dict(config), Evaluator(RULES, configuration, stack_context(configuration.general)))
            self.evaluators[rule.name] = known
        return known[1]

    def read(self, rule: Rule[Any], args: ResourceValidationArgs) -> Resource:
        """Return the resource before it is created or updated, read once for all rules."""
        readers = self.readers.setdefault(args.urn, set())
        if args.urn not in self.seen or rule.name in readers:
            readers.clear()
            self.seen[args.urn] = Resource(
                type=unversioned(args.resource_type),
                urn=args.urn,
                name=args.name,
                properties=plain_properties(args.props),
                protect=args.opts.protect,
                versioned_type=args.resource_type,
            )
        readers.add(rule.name)
        return self.seen[args.urn]

    def estate(self, resources: Iterable[PolicyResource]) -> Estate:
        """Return the stack at the end of a run: the inputs as seen before, with outputs and dependencies."""
        return Estate(self._related(one) for one in resources if not _is_left_out(one))

    def _related(self, one: PolicyResource) -> Resource:
        outputs = plain_properties(one.props)
        kind = one.resource_type
        return replace(
            self.seen.get(one.urn)
            or Resource(unversioned(kind), one.urn, one.name, properties=outputs, versioned_type=kind),
            outputs=outputs,
            protect=one.opts.protect,
            parent=one.parent.urn if one.parent is not None else "",
            dependencies=tuple(other.urn for other in one.dependencies),
            property_dependencies={
                key: tuple(other.urn for other in others) for key, others in one.property_dependencies.items()
            },
        )


def _policy(rule: Rule[Any], run: _Run) -> Policy:
    words: dict[str, Any] = {
        "name": rule.name,
        "description": rule.title,
        "enforcement_level": EnforcementLevel(run.configuration.of(rule).level.value),
        "config_schema": PolicyConfigSchema(short_schema(rule)),
        "display_name": f"{rule.id} {rule.title}",
        "severity": Severity(rule.severity.value),
        "tags": [rule.id, *rule.covers],
        "remediation_steps": rule.remedy,
        "url": rule.page,
    }

    def judge(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if unversioned(args.resource_type) not in WATCHED or _is_left_out(args):
            return
        resource = run.read(rule, args)
        if resource.type in rule.types:
            _judge(rule, run, args, report, resource)

    def judge_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        _judge(rule, run, args, report, run.estate(args.resources))

    if rule.when is When.STACK:
        return StackValidationPolicy(validate=judge_stack, **words)
    return ResourceValidationPolicy(validate=judge, **words)


def _judge(
    rule: Rule[Any],
    run: _Run,
    args: ResourceValidationArgs | StackValidationArgs,
    report: ReportViolation,
    subject: Resource | Estate,
) -> None:
    try:
        evaluator = run.evaluator(rule, args.get_config())
    except ConfigurationError as error:
        report(str(error), None)
        return
    if isinstance(subject, Estate):
        verdict = evaluator.judge_estate(subject, among=(rule,))
    else:
        verdict = evaluator.judge(subject, among=(rule,))
    _tell(rule, verdict, args, report, is_update=evaluator.context.moment is Moment.UPDATE)


def _tell(
    rule: Rule[Any],
    verdict: Verdict,
    args: ResourceValidationArgs | StackValidationArgs,
    report: ReportViolation,
    *,
    is_update: bool,
) -> None:
    undecided = []
    for finding in verdict.findings:
        if finding.kind is Kind.UNDECIDED and not is_update:
            undecided.append(finding)
        else:
            report(_message(rule, finding), finding.urn or None)
    if undecided:
        # One exception ends a policy, so that at the end of a run it names all resources that it cannot decide.
        of_stack = isinstance(args, StackValidationArgs)
        raise UndecidedError("\n".join((f"{one.urn}: " if of_stack else "") + _message(rule, one) for one in undecided))
    if verdict.skipped and not verdict.findings:
        args.not_applicable("; ".join(dict.fromkeys(one.reason for one in verdict.skipped)))


def _message(rule: Rule[Any], finding: Finding) -> str:
    at = f" at {finding.path}" if finding.path else ""
    return f"{finding.message}\nRemedy: {rule.remedy}\n[{rule.id} {finding.kind}{at}]"


def _is_left_out(one: ResourceValidationArgs | PolicyResource) -> bool:
    """Whether an update of some targets leaves the resource out: the engine shows it without any property."""
    return not one.props and one.resource_type.startswith("azure-native:")
