"""Ask a question with Cohere's SDK."""

import os
import sys

import cohere

QUESTION = "What is the distance to the moon?"

with cohere.ClientV2(
    base_url=os.environ["LLAMA_ENDPOINT_URI"],
    api_key=os.environ["LLAMA_ENDPOINT_KEY"],
) as client:
    answer = client.chat(
        model="llama",  # an endpoint serves one model
        messages=[{"role": "user", "content": " ".join(sys.argv[1:]) or QUESTION}],
        max_tokens=128,
    )
print(answer.message.content[0].text)
