"""Ask a question with LangChain."""

import os
import sys

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI

QUESTION = "What is the distance to the moon?"

model = ChatOpenAI(
    base_url=f"{os.environ['LLAMA_ENDPOINT_URI']}/v1",
    api_key=os.environ["LLAMA_ENDPOINT_KEY"],
    model="llama",  # an endpoint serves one model; LangChain wants a name all the same
    # LangChain sends its own max_tokens as max_completion_tokens, which the API does not have.
    extra_body={"max_tokens": 128},
)
print(model.invoke([SystemMessage("Be brief."), HumanMessage(" ".join(sys.argv[1:]) or QUESTION)]).content)
