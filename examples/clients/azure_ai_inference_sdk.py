"""Ask a question with azure-ai-inference, the retired client of the Azure AI Model Inference API.

New code takes the openai client: see openai_sdk.py, and README.md for the dates.
"""

import os
import sys

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage
from azure.core.credentials import AzureKeyCredential

QUESTION = "What is the distance to the moon?"

with ChatCompletionsClient(
    endpoint=os.environ["LLAMA_ENDPOINT_URI"],
    credential=AzureKeyCredential(os.environ["LLAMA_ENDPOINT_KEY"]),
) as client:
    answer = client.complete(
        messages=[SystemMessage("Be brief."), UserMessage(" ".join(sys.argv[1:]) or QUESTION)], max_tokens=128
    )
print(answer.choices[0].message.content)
