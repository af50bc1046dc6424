"""Let a model that completes texts, such as Meta-Llama-3-8B, go on from a text, with the OpenAI SDK."""

import os
import sys

import openai

TEXT = "The distance to the moon is"

client = openai.OpenAI(
    base_url=f"{os.environ['LLAMA_ENDPOINT_URI']}/v1",
    api_key=os.environ["LLAMA_ENDPOINT_KEY"],
)
answer = client.completions.create(
    model="",  # an endpoint serves one model
    prompt=" ".join(sys.argv[1:]) or TEXT,
    max_tokens=128,
)
print(answer.choices[0].text)
