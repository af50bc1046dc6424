"""A budget that watches the resource group."""

from place import group

from llama_azure import Budget

Budget(
    "budget",
    {
        "scope": group.id,
        "budget_name": "llama-examples",
        "amount": 500,
        "start_date": "2024-07-01",
        "contact_roles": ["Owner"],
    },
)
