"""What the dynamic providers that call Azure Resource Manager have in common; see ``_endpoint_traffic``."""

import os
import sys
from typing import Any

from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider

from llama_azure._endpoint_traffic import Sentences, TrafficRefusedError

Json = dict[str, Any]


class ArmProvider(ResourceProvider):
    """Calls Azure Resource Manager as the stack's configuration signs in."""

    refused: type[TrafficRefusedError] = TrafficRefusedError
    """What is raised where Azure refuses."""
    user_agent = "llama-azure"
    _config: Config | None = None

    def configure(self, req: ConfigureRequest) -> None:
        self._config = req.config
        server = sys.modules["__main__"]
        if hasattr(server, "DynamicResourceProviderServicer"):
            vars(server)["traceback"] = Sentences

    def call(self, what: str, method: str, path: str, version: str, body: Json | None = None) -> Any:
        """Send a request; ``None`` where there is no such resource.

        Args:
            what: what is asked for, for the message where Azure refuses it.
            method: of HTTP.
            path: the resource's id, and what follows it.
            version: the api-version.
            body: what is sent.
        """
        # Imported here: the program that only declares the resource needs no client of Azure.
        from llama_azure_access import ArmClient, ArmError, NotFoundError, sign_in

        client = ArmClient(sign_in(os.environ, self._config), self.user_agent, retries_busy=True)
        try:
            return client.call(method, path, version, body)
        except NotFoundError:
            return None
        except ArmError as error:
            raise self.refused(
                f"Azure refuses {what}: {error.reason}; run `pulumi up` again, or ask `preflight hint`"
            ) from None
