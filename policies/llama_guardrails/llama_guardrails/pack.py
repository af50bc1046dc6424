"""The pack as a Pulumi analyzer: the one place between the engine's protocol and the pure rules.

It speaks the protocol itself instead of through ``pulumi_policy.PolicyPack``, which reads every resource anew
for every rule and knows neither an undecided nor a failed rule (ADR 0008).
"""

import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from llama_guardrails.configuration import Configuration, ConfigurationError, parse_configuration, short_schema
from llama_guardrails.context import Moment
from llama_guardrails.estate import Estate
from llama_guardrails.evaluation import Evaluator, Verdict
from llama_guardrails.findings import Finding, Kind, write_trailer
from llama_guardrails.resource_types import WATCHED
from llama_guardrails.rule import Level, Rule, Severity, When
from llama_guardrails.stack_context import stack_context
from llama_guardrails.view import Resource
from llama_guardrails.wire import analyzed_resource, stack_resource, unversioned

NAME = "llama-guardrails"

_LARGEST_MESSAGE = 400 * 1024 * 1024  # the engine's own limit: the resources of a whole stack are one message
_WORKERS = 4
_LEVELS = {
    Level.ADVISORY: analyzer_pb2.ADVISORY,
    Level.MANDATORY: analyzer_pb2.MANDATORY,
    Level.DISABLED: analyzer_pb2.DISABLED,
}
_LEVEL_NAMES = {number: level for level, number in _LEVELS.items()}
_SEVERITIES = {
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers the engine for a set of rules, and for policies of ``pulumi_policy`` that a team adds to them."""

    def __init__(self, rules: Sequence[Rule[Any]], policies: Sequence[Any] = ()) -> None:
        self._rules = tuple(rules)
        self._by_name = {rule.name: rule for rule in rules}
        self._added = _added(policies, self._by_name)
        self._lock = threading.Lock()
        self._seen: dict[str, Resource] = {}
        self._evaluator = self._evaluate_by(parse_configuration({}, self._rules, NAME))

    # -- what the pack is ------------------------------------------------------------------------

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo()

    def GetAnalyzerInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        # The engine takes the version from PulumiPolicy.yaml.
        info = analyzer_pb2.AnalyzerInfo(
            name=NAME,
            displayName="Guardrails for Meta Llama on Azure",
            supportsConfig=True,
            policies=[_described(rule) for rule in self._rules],
        )
        if self._added is not None:
            info.policies.extend(self._added.GetAnalyzerInfo(request, context).policies)
        return info

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        content = {
            name: {"enforcementLevel": _level_name(policy.enforcementLevel), **MessageToDict(policy.properties)}
            for name, policy in request.policyConfig.items()
            if self._added is None or name in {*self._by_name, "all"}
        }
        if self._added is not None:
            self._added.Configure(request, context)
        try:
            configuration = parse_configuration(content, self._rules, "the configuration of the policy pack")
            self._evaluator = self._evaluate_by(configuration)
        except ConfigurationError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return empty_pb2.Empty()

    def ConfigureStack(self, request: Any, context: grpc.ServicerContext) -> Any:
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    # -- what it judges --------------------------------------------------------------------------

    def Analyze(self, request: Any, context: grpc.ServicerContext) -> Any:
        if unversioned(request.type) not in WATCHED or _is_not_to_be_made(request):
            verdict = Verdict()
        else:
            resource = analyzed_resource(request)
            with self._lock:
                self._seen[resource.urn] = resource
                verdict = self._evaluator.judge(resource)
        answer = self._answer(verdict)
        if self._added is not None:
            answer.MergeFrom(self._added.Analyze(request, context))
        return answer

    def AnalyzeStack(self, request: Any, context: grpc.ServicerContext) -> Any:
        with self._lock:
            estate = Estate(
                stack_resource(message, self._seen.get(message.urn))
                for message in request.resources
                if not _is_not_to_be_made(message)
            )
            verdict = self._evaluator.judge_estate(estate)
        answer = self._answer(verdict)
        if self._added is not None:
            answer.MergeFrom(self._added.AnalyzeStack(request, context))
        return answer

    def _evaluate_by(self, configuration: Configuration) -> Evaluator:
        return Evaluator(self._rules, configuration, stack_context(configuration.general))

    def _answer(self, verdict: Verdict) -> Any:
        return analyzer_pb2.AnalyzeResponse(
            diagnostics=[self._diagnostic(finding) for finding in verdict.findings],
            not_applicable=[
                analyzer_pb2.PolicyNotApplicable(policy_name=one.rule_name, reason=one.reason)
                for one in verdict.skipped
            ],
        )

    def _diagnostic(self, finding: Finding) -> Any:
        rule = self._by_name[finding.rule_name]
        return analyzer_pb2.AnalyzeDiagnostic(
            policyName=rule.name,
            policyPackName=NAME,
            description=rule.title,
            message="\n".join((rule.title, finding.message, f"Remedy: {rule.remedy}", write_trailer(finding))),
            enforcementLevel=_LEVELS[self._told_level(finding)],
            severity=_SEVERITIES[rule.severity],
            urn=finding.urn,
        )

    def _told_level(self, finding: Finding) -> Level:
        """A preview must go on where a value is not there yet; the report of a pull request still counts it."""
        is_early = self._evaluator.context.moment is not Moment.UPDATE
        return Level.ADVISORY if finding.kind is Kind.UNDECIDED and is_early else finding.level


def serve(rules: Sequence[Rule[Any]], policies: Sequence[Any] = ()) -> None:
    """Serve the rules to the engine that started this process, and never return.

    ``policies`` are objects of ``pulumi_policy`` that are asked beside them, by that package, which then has to be
    installed; the report of a pull request is about the rules.
    """
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=_WORKERS),
        options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE)],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(rules, policies), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _added(policies: Sequence[Any], rules: Mapping[str, Rule[Any]]) -> Any:
    """Return what answers for a team's policies: the SDK's own servicer, so that they behave as in any pack."""
    twice = sorted({policy.name for policy in policies} & rules.keys())
    if twice:
        raise ValueError(f"a policy has the name of a rule of this pack: {', '.join(twice)}. Give it another name.")
    if not policies:
        return None
    from pulumi_policy import EnforcementLevel, policy

    # A name of their own keeps them apart from the rules where events are read.
    more = {"description": None, "display_name": None, "readme": None, "provider": None, "tags": None}
    return policy._PolicyAnalyzerServicer(  # noqa: SLF001 - the SDK has no other way to ask policies without serving
        f"{NAME}-added", "0.0.1", list(policies), EnforcementLevel.ADVISORY, None, repository=None, **more
    )


def _level_name(number: Any) -> str:
    # A rule that should remediate and cannot blocks instead, as the engine has it.
    return _LEVEL_NAMES.get(number, Level.MANDATORY).value


def _is_not_to_be_made(message: Any) -> bool:
    """Whether the engine shows a resource that a targeted update leaves out: by its name, without any property.

    Every watched type of azure-native has an input that is required or that the plugin fills in, so that one which is
    to be made is never shown so.
    """
    return not message.properties.fields and message.type.startswith("azure-native:")


def _described(rule: Rule[Any]) -> Any:
    info = analyzer_pb2.PolicyInfo(
        name=rule.name,
        displayName=f"{rule.id} {rule.title}",
        description=rule.title,
        enforcementLevel=_LEVELS[rule.level],
        severity=_SEVERITIES[rule.severity],
        remediation_steps=rule.remedy,
        url=rule.page,
        tags=_tags(rule),
        policy_type=(analyzer_pb2.POLICY_TYPE_STACK if rule.when is When.STACK else analyzer_pb2.POLICY_TYPE_RESOURCE),
    )
    info.configSchema.properties.update(short_schema(rule))
    return info


def _tags(rule: Rule[Any]) -> Iterable[str]:
    return (rule.id, *rule.covers)
