"""Let a model that completes texts, such as Meta-Llama-3-8B, go on from a text, with the OpenAI SDK."""

import os
import sys

import openai

TEXT = "The distance to the moon is"

client = openai.OpenAI(
    base_url=os.environ["LLAMA_BASE_URL"],
    api_key=os.environ["LLAMA_ENDPOINT_KEY"],
)
answer = client.completions.create(
    model=os.environ["LLAMA_DEPLOYMENT"],
    prompt=" ".join(sys.argv[1:]) or TEXT,
    max_tokens=128,
)
print(answer.choices[0].text)
