"""Azure Resource Manager, where Pulumi has no word for what a step does: renewing a key, purging a name."""

import os
from functools import cache
from typing import Any

from llama_azure_access import AccessError, Account, ArmClient, NotFoundError, sign_in
from llama_azure_pipelines import engine
from llama_azure_pipelines.errors import StepError


class NotThereError(StepError):
    """Azure has no such resource."""


@cache
def account_of(stack: str | None) -> Account:
    """Return who deploys a stack: what its configuration says of azure-native counts, and then the environment.

    Raises:
        StepError: nobody can sign in.
    """
    try:
        return sign_in(os.environ, {} if stack is None else engine.config(stack))
    except AccessError as error:
        raise StepError(str(error)) from None


class Arm:
    """Calls on resources by their ids. Every call waits until Azure is done."""

    def __init__(self, stack: str | None = None) -> None:
        self._client = ArmClient(account_of(stack), "llama-azure-pipelines")

    def call(self, method: str, path: str, api_version: str, body: object = None, **query: str) -> Any:
        """Send a request and return the answer, ``None`` if Azure says nothing.

        Raises:
            NotThereError: there is no such resource.
            StepError: Azure refused it; the message is Azure's.
        """
        try:
            return self._client.call(method, path, api_version, body, **query)
        except NotFoundError as error:
            raise NotThereError(str(error)) from None
        except AccessError as error:
            raise StepError(str(error)) from None
