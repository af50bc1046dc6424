"""Ask a question with the OpenAI SDK and no key, as whoever is signed in to Azure.

The audience is that of a Foundry resource; serverless and online endpoints take https://ml.azure.com/.default.
"""

import os
import sys

import openai
from azure.identity import DefaultAzureCredential, get_bearer_token_provider

QUESTION = "What is the distance to the moon?"
SCOPE = os.environ.get("LLAMA_TOKEN_SCOPE", "https://cognitiveservices.azure.com/.default")

client = openai.OpenAI(
    base_url=os.environ["LLAMA_BASE_URL"],
    # Asked for a token before each request: a token lasts for an hour.
    api_key=get_bearer_token_provider(DefaultAzureCredential(), SCOPE),
)
answer = client.chat.completions.create(
    model=os.environ["LLAMA_DEPLOYMENT"],
    messages=[{"role": "user", "content": " ".join(sys.argv[1:]) or QUESTION}],
    max_tokens=128,
)
print(answer.choices[0].message.content)
