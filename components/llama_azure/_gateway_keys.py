"""The keys of a gateway, by dynamic providers: made in a vault and kept there alone, and handed to the proxy by a job.

Nothing here runs in the Pulumi program but the making of the resources; see ``_arm_provider``.
"""

import secrets

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from llama_azure._arm_provider import ArmProvider, Json, RefusedError
from llama_azure_core.gateway import new_key
from llama_azure_core.resource_types import CONTAINER_APPS_JOB, KEY_VAULT_SECRET


class _Provider(ArmProvider):
    user_agent = "llama-azure-gateway"


class VaultKeyProvider(_Provider):
    """Makes a random key in a vault, of which nobody but the vault keeps a copy, and never a second one by itself."""

    def diff(self, _id: str, olds: Json, news: Json) -> DiffResult:
        replaces = [name for name in ("vault_id", "secret_name") if news[name] != olds[name]]
        return DiffResult(changes=bool(replaces), replaces=replaces)

    def create(self, props: Json) -> CreateResult:
        path = f"{props['vault_id']}/secrets/{props['secret_name']}"
        what = f"the secret {props['secret_name']}"
        shown = self.call(what, "GET", path, KEY_VAULT_SECRET)
        if shown is None or not (shown["properties"].get("attributes") or {}).get("enabled", True):
            body = {
                "properties": {
                    "value": new_key(secrets.token_urlsafe),
                    "contentType": "key of the gateway",
                    "attributes": {"enabled": True},
                }
            }
            shown = self.call(what, "PUT", path, KEY_VAULT_SECRET, body)
        return CreateResult(path, {**props, "secret_uri": shown["properties"]["secretUri"]})

    def delete(self, _id: str, _props: Json) -> None:
        # Azure Resource Manager deletes no secret. One that is switched off opens nothing, and is not taken up again.
        path = f"{_props['vault_id']}/secrets/{_props['secret_name']}"
        body = {"properties": {"attributes": {"enabled": False}}}
        self.call(f"to switch the secret {_props['secret_name']} off", "PATCH", path, KEY_VAULT_SECRET, body)


class JobRunProvider(_Provider):
    """Runs a job whenever what it is to do has changed, and ends when the job has."""

    def diff(self, _id: str, olds: Json, news: Json) -> DiffResult:
        changed = any(news[name] != olds[name] for name in ("job_id", "revision"))
        return DiffResult(changes=changed, replaces=[])

    def create(self, props: Json) -> CreateResult:
        self._run(props)
        return CreateResult(f"{props['job_id']}/runs", props)

    def update(self, _id: str, _olds: Json, _news: Json) -> UpdateResult:
        self._run(_news)
        return UpdateResult(_news)

    def _run(self, props: Json) -> None:
        # Imported here: the program that only declares the resource needs no client of Azure.
        from llama_azure_access.jobs import JobError, run_job

        try:
            run_job(lambda method, path: self.call("to run the job", method, path, CONTAINER_APPS_JOB), props["job_id"])
        except JobError as error:
            raise RefusedError(
                f"{error}. Teams' keys may not work until the job has; it runs again by itself, or with `pulumi up`"
            ) from None


class VaultKey(Resource, module="llama-azure", name="VaultKey"):
    """A random key that a vault keeps; Pulumi knows its address and not its value."""

    secret_uri: pulumi.Output[str]
    """The secret's address, of whichever version is newest."""

    def __init__(
        self, name: str, *, vault_id: pulumi.Input[str], secret_name: str, opts: pulumi.ResourceOptions
    ) -> None:
        props = {"vault_id": vault_id, "secret_name": secret_name, "secret_uri": None}
        super().__init__(VaultKeyProvider(), name, props, opts)


class JobRun(Resource, module="llama-azure", name="JobRun"):
    """A run of a Container Apps job, again whenever ``revision`` is another."""

    def __init__(
        self, name: str, *, job_id: pulumi.Input[str], revision: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(JobRunProvider(), name, {"job_id": job_id, "revision": revision}, opts)
