"""Rule: a project deploys a model as a serverless API at most once (Azure's own limit, source S0)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from llama_azure_core.catalogue import model_of_registry_id
from llama_guardrails.resource_types import SERVERLESS_ENDPOINT

NAME = "one-serverless-deployment-per-model-and-project"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A serverless endpoint as the rule sees it."""

    resource_group: str
    project: str
    model_id: str
    """The registry id, with or without a version."""
    endpoint: str

    @property
    def slot(self) -> tuple[str, str, str]:
        """What no two deployments may share. Azure compares names without regard to case."""
        model = model_of_registry_id(self.model_id)
        model_name = model.name if model is not None else self.model_id.split("/versions/", 1)[0]
        return (self.resource_group.casefold(), self.project.casefold(), model_name.casefold())


def repeated_deployment(deployment: Deployment, others: Mapping[str, Deployment]) -> str | None:
    """Return the complaint if one of ``others`` has the deployment's model in its project already."""
    for other in others.values():
        if other.slot == deployment.slot:
            model = model_of_registry_id(deployment.model_id)
            name = model.name if model is not None else deployment.model_id
            return (
                f"project {deployment.project} already deploys {name} as endpoint {other.endpoint}; Azure allows "
                f"one deployment per model and project. Remove {deployment.endpoint}, or put it into another project."
            )
    return None


class _Seen:
    """The serverless endpoints that this run has shown so far, by URN.

    It is a resource rule with a memory rather than a stack rule: only a resource's inputs name its
    project, stack rules see outputs, and a resource rule stops the endpoint before it is created.
    """

    def __init__(self) -> None:
        self._deployments: dict[str, Deployment] = {}
        self._lock = threading.Lock()

    def validate(self, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        if args.resource_type != SERVERLESS_ENDPOINT:
            return
        deployment = Deployment(
            resource_group=args.props["resourceGroupName"],
            project=args.props["workspaceName"],
            model_id=args.props["properties"]["modelSettings"]["modelId"],
            endpoint=args.props["name"],
        )
        with self._lock:
            others = {urn: other for urn, other in self._deployments.items() if urn != args.urn}
            complaint = repeated_deployment(deployment, others)
            self._deployments[args.urn] = deployment
        if complaint is not None:
            report_violation(f"{NAME}: {complaint}", None)


one_deployment_per_model = ResourceValidationPolicy(
    name=NAME,
    description="A project deploys each model as a serverless API at most once.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_Seen().validate,
)
