"""Ask a question of an endpoint on any back end with the OpenAI SDK: with a key, or keyless where there is none.

A stack says of each endpoint its `baseUrl` and, on Foundry, its `deployment`. Keyless, whoever is signed in to Azure
asks. The audience is that of a Foundry resource; serverless and online endpoints take https://ml.azure.com/.default.
"""

import os
import sys

import openai
from azure.identity import DefaultAzureCredential, get_bearer_token_provider

QUESTION = "What is the distance to the moon?"
SCOPE = os.environ.get("LLAMA_TOKEN_SCOPE", "https://cognitiveservices.azure.com/.default")

client = openai.OpenAI(
    base_url=os.environ["LLAMA_BASE_URL"],
    # A function that returns a token is asked before each request: tokens last for an hour.
    api_key=os.environ.get("LLAMA_ENDPOINT_KEY") or get_bearer_token_provider(DefaultAzureCredential(), SCOPE),
)
answer = client.chat.completions.create(
    model=os.environ.get("LLAMA_DEPLOYMENT", ""),  # the deployment on Foundry; elsewhere an endpoint serves one model
    messages=[{"role": "user", "content": " ".join(sys.argv[1:]) or QUESTION}],
    max_tokens=128,
)
print(answer.choices[0].message.content)
