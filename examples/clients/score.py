"""Score with an online endpoint on managed compute, in the shapes of the Llama models' cards, with requests.

Its scoring route takes one conversation, or a list of texts of a model that completes them.
"""

import os
import sys

import requests

QUESTION = "What is the distance to the moon?"

answer = requests.post(
    f"{os.environ['LLAMA_ENDPOINT_URI'].removesuffix('/score')}/score",  # what the stack says ends in /score
    json={
        "input_data": {
            "input_string": [{"role": "user", "content": " ".join(sys.argv[1:]) or QUESTION}],
            "parameters": {"max_new_tokens": 128, "temperature": 0.6, "top_p": 0.9, "do_sample": True},
        }
    },
    headers={"Authorization": f"Bearer {os.environ['LLAMA_ENDPOINT_KEY']}"},
    timeout=60,
)
if not answer.ok:
    sys.exit(f"{answer.status_code}: {answer.text}")
print(answer.json()["output"])
