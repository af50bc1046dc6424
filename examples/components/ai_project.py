"""A project in the hub: models are deployed in it."""

import pulumi
from ai_hub import hub
from place import GROUP, LOCATION, TAGS

from llama_azure import AiProject

PROJECT = "assistants"

project = AiProject(
    "project",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "project_name": PROJECT,
        "hub_id": hub.hub_id,
        "tags": TAGS,
    },
)
in_project = pulumi.ResourceOptions(depends_on=[project])
