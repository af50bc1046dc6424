"""Ask a question with LangChain."""

import os
import sys

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI

QUESTION = "What is the distance to the moon?"

model = ChatOpenAI(
    base_url=os.environ["LLAMA_BASE_URL"],
    api_key=os.environ["LLAMA_ENDPOINT_KEY"],
    model=os.environ["LLAMA_DEPLOYMENT"],  # counts on Foundry; elsewhere an endpoint serves one model
    # LangChain sends its own max_tokens as max_completion_tokens, which the API of other endpoints does not have.
    extra_body={"max_tokens": 128},
)
print(model.invoke([SystemMessage("Be brief."), HumanMessage(" ".join(sys.argv[1:]) or QUESTION)]).content)
