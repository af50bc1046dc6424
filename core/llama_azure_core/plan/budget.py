"""The plan of a budget."""

import re

from llama_azure_core.plan._arguments import arguments
from llama_azure_core.plan.items import Budget
from llama_azure_core.plan.scope import Scope
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import BUDGET
from llama_azure_core.settings.budget import BudgetSettings
from llama_azure_core.settings.stack import Settings

_NAME_LENGTH = 63


def plan_budget(settings: Settings, budget: BudgetSettings, scope: Scope) -> Budget:
    """Return the plan of the budget of a stack's resource group."""
    name = budget.name or re.sub("[^a-zA-Z0-9_-]", "-", f"budget-{scope.group}")[:_NAME_LENGTH]
    start = budget.start_date or settings.as_of.replace(day=1)
    return Budget(
        logical_name="budget",
        id=str(ResourceId.of(scope.group_id, BUDGET, name)),
        arguments={
            **arguments(budget, "name", "start_date"),
            "budget_name": name,
            "start_date": start.isoformat(),
        },
    )
