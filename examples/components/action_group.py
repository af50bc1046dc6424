"""Who is told of alerts: the owners of the subscription, and a chat by a webhook."""

from place import GROUP, TAGS, in_group

from llama_azure import ActionGroup

action_group = ActionGroup(
    "alerts",
    {
        "resource_group_name": GROUP,
        "action_group_name": "alerts-llama-examples",
        "emails": ["on-call@example.com"],
        "webhooks": {"chat": "https://chat.example.com/alerts"},
        "contact_roles": ["Owner"],
        "tags": TAGS,
    },
    in_group,
)
