"""Ask a question with requests, which trusts the authorities in REQUESTS_CA_BUNDLE."""

import os
import sys

import requests

QUESTION = "What is the distance to the moon?"

answer = requests.post(
    f"{os.environ['LLAMA_ENDPOINT_URI']}/v1/chat/completions",
    headers={"Authorization": f"Bearer {os.environ['LLAMA_ENDPOINT_KEY']}"},
    json={"messages": [{"role": "user", "content": " ".join(sys.argv[1:]) or QUESTION}], "max_tokens": 128},
    timeout=60,
)
if not answer.ok:
    sys.exit(f"{answer.status_code}: {answer.text}")
print(answer.json()["choices"][0]["message"]["content"])
