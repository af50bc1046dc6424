"""Deploy Meta Llama models on Azure: everything that the stack's file in stacks/ describes."""

import pulumi

from llama_azure.client_config import ask_early

ask_early()  # azure-native's plugin starts while the rest of the program loads

from llama_azure.estate import build_estate  # noqa: E402 - see above
from llama_azure.settings import load_settings  # noqa: E402

estate = build_estate(load_settings())

if estate.hub:
    pulumi.export("hub", estate.hub)
if estate.foundry:
    pulumi.export("foundry", estate.foundry)
pulumi.export("endpoints", estate.endpoints)
if estate.litellm is not None:
    pulumi.export("litellm", estate.litellm)
if estate.gateway:
    pulumi.export("gateway", estate.gateway)
if estate.api_management:
    pulumi.export("apiManagement", estate.api_management)
if estate.endpoint_key_secrets:
    pulumi.export("endpointKeySecrets", estate.endpoint_key_secrets)
pulumi.export("endpointKeys", pulumi.Output.secret(estate.endpoint_keys))
