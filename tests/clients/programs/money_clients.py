"""Microsoft's clients of consumption and of cost management, as people ask them what a stack cost. Prints JSON.

Runs in the clients' own environment; only the sandbox's variables tell it where Azure is.
"""

import json
import os
from collections import defaultdict
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential
from azure.mgmt.consumption import ConsumptionManagementClient
from azure.mgmt.costmanagement import CostManagementClient
from azure.mgmt.costmanagement.models import (
    QueryAggregation,
    QueryDataset,
    QueryDefinition,
    QueryGrouping,
)

CREDENTIAL = DefaultAzureCredential()
SUBSCRIPTION, URL = os.environ["AZURE_SUBSCRIPTION_ID"], os.environ["SANDBOX_ARM_URL"]
SCOPE = f"subscriptions/{SUBSCRIPTION}/resourceGroups/{os.environ['GROUP']}"
SCOPES: dict[str, Any] = {"credential_scopes": ["https://management.azure.com/.default"]}
EXPANDED = "properties/meterDetails,properties/additionalInfo"


def usage(client: ConsumptionManagementClient) -> Any:
    found: dict[str, Any] = defaultdict(float)
    kinds, tags = set(), set()
    for one in client.usage_details.list(SCOPE, expand=EXPANDED):
        properties = one.properties if hasattr(one, "properties") else one
        kinds.add(str(one.kind))
        tags |= {f"{key}={value}" for key, value in (one.tags or {}).items()}
        found[f"{properties.publisher_type}/{properties.meter_details.meter_name}"] += float(properties.cost or 0)
    market = list(client.usage_details.list(SCOPE, filter="properties/publisherType eq 'marketplace'"))
    return {"kinds": sorted(kinds), "cost": dict(found), "tags": sorted(tags), "marketplace": len(market)}


def budget(client: ConsumptionManagementClient) -> Any:
    made = client.budgets.create_or_update(
        SCOPE,
        "monthly",
        {
            "properties": {
                "category": "Cost",
                "amount": 100,
                "timeGrain": "Monthly",
                "timePeriod": {"startDate": os.environ["MONTH"]},
            }
        },
    )
    shown = client.budgets.get(SCOPE, "monthly")
    return {"name": made.name, "spent": float(shown.current_spend.amount), "unit": shown.current_spend.unit}


def sums(client: CostManagementClient) -> Any:
    dataset = QueryDataset(
        granularity="None",
        aggregation={"totalCost": QueryAggregation(name="Cost", function="Sum")},
        grouping=[QueryGrouping(type="Dimension", name="PublisherType"), QueryGrouping(type="TagKey", name="owner")],
    )
    definition = QueryDefinition(type="ActualCost", timeframe="MonthToDate", dataset=dataset)
    result = client.query.usage(SCOPE, definition)
    columns = [one.name for one in result.columns]
    return {"columns": columns, "rows": [list(row) for row in result.rows]}


def refused(client: CostManagementClient) -> Any:
    dataset = QueryDataset(aggregation={"a": QueryAggregation(name="Cost", function="Sum")})
    try:
        client.query.usage(SCOPE, QueryDefinition(type="ActualCost", timeframe="Custom", dataset=dataset))
    except HttpResponseError as error:
        return [error.status_code, error.error.code if error.error else None]
    return None


with ConsumptionManagementClient(CREDENTIAL, SUBSCRIPTION, base_url=URL, **SCOPES) as consumption:
    seen = {"usage": usage(consumption), "budget": budget(consumption)}
with CostManagementClient(CREDENTIAL, base_url=URL, **SCOPES) as costs:
    seen |= {"sums": sums(costs), "refused": refused(costs)}
print(json.dumps(seen))
