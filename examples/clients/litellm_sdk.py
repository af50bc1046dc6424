"""Ask a question with LiteLLM, through its provider for Azure AI."""

import os
import sys

import litellm

QUESTION = "What is the distance to the moon?"

answer = litellm.completion(
    model="azure_ai/llama",  # an endpoint serves one model; the provider is what counts
    api_base=os.environ["LLAMA_ENDPOINT_URI"],
    api_key=os.environ["LLAMA_ENDPOINT_KEY"],
    messages=[{"role": "user", "content": " ".join(sys.argv[1:]) or QUESTION}],
    max_tokens=128,
)
print(answer.choices[0].message.content)
