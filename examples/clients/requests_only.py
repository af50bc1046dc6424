"""Ask a question with requests, which trusts the authorities in REQUESTS_CA_BUNDLE."""

import os
import sys

import requests

QUESTION = "What is the distance to the moon?"

answer = requests.post(
    f"{os.environ['LLAMA_BASE_URL'].rstrip('/')}/chat/completions",
    headers={"Authorization": f"Bearer {os.environ['LLAMA_ENDPOINT_KEY']}"},
    json={
        "model": os.environ["LLAMA_DEPLOYMENT"],  # counts on Foundry; elsewhere an endpoint serves one model
        "messages": [{"role": "user", "content": " ".join(sys.argv[1:]) or QUESTION}],
        "max_tokens": 128,
    },
    timeout=60,
)
if not answer.ok:
    sys.exit(f"{answer.status_code}: {answer.text}")
print(answer.json()["choices"][0]["message"]["content"])
