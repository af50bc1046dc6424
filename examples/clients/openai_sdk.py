"""Ask a question with the OpenAI SDK and print the answer as it comes."""

import os
import sys

import openai

QUESTION = "What is the distance to the moon?"

client = openai.OpenAI(
    base_url=os.environ["LLAMA_BASE_URL"],
    api_key=os.environ["LLAMA_ENDPOINT_KEY"],
)
stream = client.chat.completions.create(
    model=os.environ["LLAMA_DEPLOYMENT"],  # counts on Foundry; elsewhere an endpoint serves one model
    messages=[{"role": "user", "content": " ".join(sys.argv[1:]) or QUESTION}],
    max_tokens=128,
    stream=True,
)
for chunk in stream:
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
print()
