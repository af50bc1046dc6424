"""The project's subscription to a model's offer: once, however many endpoints come and go."""

from ai_project import PROJECT, in_project
from place import GROUP

from llama_azure import MarketplaceSubscription
from llama_azure_core.catalogue import find_model

MODEL = find_model("Llama-3.3-70B-Instruct")

offer = MarketplaceSubscription(
    "offer",
    {
        "resource_group_name": GROUP,
        "project_name": PROJECT,
        "subscription_name": "llama-3-3-70b-instruct",
        "model_id": MODEL.registry_model_id,
    },
    in_project,
)
