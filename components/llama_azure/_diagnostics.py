"""Diagnostic settings: a resource's logs and metrics sent to a Log Analytics workspace."""

import pulumi

from llama_azure._azure_native import monitor
from llama_azure._options import child_options


def send_logs(
    component: pulumi.Resource, name: str, resource_id: pulumi.Input[str], workspace_id: pulumi.Input[str] | None
) -> None:
    """Declare that everything which a resource logs and measures goes to a workspace, as a child of ``component``."""
    monitor.DiagnosticSetting(
        name,
        resource_uri=resource_id,
        name="to-log-analytics",
        workspace_id=workspace_id,
        logs=[monitor.DiagnosticsLogSettingsArgs(category_group="allLogs", enabled=True)],
        metrics=[monitor.DiagnosticsMetricSettingsArgs(category="AllMetrics", enabled=True)],
        opts=child_options(component),
    )
