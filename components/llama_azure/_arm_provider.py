"""What the dynamic providers that call Azure Resource Manager have in common.

Nothing here runs in the Pulumi program but the making of the resources: the engine starts the providers in a process of
its own, which imports their modules by name.
"""

import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider

from llama_azure_core.resource_types import api_version

if TYPE_CHECKING:
    from llama_azure_access import ArmClient, ArmError

Json = dict[str, Any]


class RefusedError(Exception):
    """Azure refuses what a dynamic provider asks of it; the message is Azure's."""


class Sentences:
    """Stands in for the module ``traceback`` in the SDK's server, which prints a traceback whatever is raised."""

    @staticmethod
    def format_exc() -> str:
        """Return the message of a failure of Azure's, and the traceback of anything else."""
        from llama_azure_access import AccessError

        error = sys.exception()
        return str(error) if isinstance(error, RefusedError | AccessError) else traceback.format_exc()


class ArmProvider(ResourceProvider):
    """Calls Azure Resource Manager as the stack's configuration signs in."""

    user_agent = "llama-azure"
    _config: Config | None = None
    """The stack's configuration: it may say who signs in, and in which cloud."""

    def configure(self, req: ConfigureRequest) -> None:
        self._config = req.config
        server = sys.modules["__main__"]
        if hasattr(server, "DynamicResourceProviderServicer"):
            vars(server)["traceback"] = Sentences

    def client(self) -> "ArmClient":
        """Return a client that is signed in."""
        # Imported here: the program that only declares the resource needs no client of Azure.
        from llama_azure_access import ArmClient, sign_in

        return ArmClient(sign_in(os.environ, self._config), self.user_agent, retries_busy=True)

    def call(self, what: str, method: str, path: str, resource_type: str, body: Json | None = None) -> Any:
        """Send a request; ``None`` where there is no such resource.

        Args:
            what: what is asked for, for the message where Azure refuses it.
            method: of HTTP.
            path: the resource's id, and what follows it.
            resource_type: whose api-version it takes.
            body: what is sent.

        Raises:
            RefusedError: Azure refuses it.
        """
        from llama_azure_access import ArmError, NotFoundError

        try:
            return self.client().call(method, path, api_version(resource_type), body)
        except NotFoundError:
            return None
        except ArmError as error:
            raise refusal(what, error) from None


def refusal(what: str, error: "ArmError") -> RefusedError:
    """Return what Azure said of a request, and what helps."""
    return RefusedError(f"Azure refuses {what}: {error.reason}; run `pulumi up` again, or ask `preflight hint`")
