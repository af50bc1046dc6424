"""What the children of an account share: one is written at a time, and none before the account is ready.

Projects wait for projects and everything else for everything else: Microsoft's own samples write a project and a
deployment at once (github.com/microsoft-foundry/foundry-samples, 40-basic-agent-setup).
"""

from typing import Any

from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, FOUNDRY_PROJECT
from llama_azure_sandbox.arm.errors import ArmError, resource_not_found
from llama_azure_sandbox.arm.resource_type import (
    DeleteAnswer,
    DeleteRequest,
    PutAnswer,
    PutRequest,
    ResourceType,
    provisioning_state,
)
from llama_azure_sandbox.arm.store import StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

_READY = "Succeeded"
_AT_WORK = ("Accepted", "Creating", "Updating", "Deleting")


class AccountChild(ResourceType):
    """A resource in an account."""

    child_name: NameKind | None = None
    """The rule of the type's names."""
    waits_for_siblings = True
    """Whether a write is refused while another child of the account is being written."""

    def check(self, request: PutRequest) -> None:
        super().check(request)
        if request.existing is None and self.child_name is not None:
            problem = name_problem(self.child_name, request.id.name)
            if problem is not None:
                raise bad_request(f"{problem}.")
        self._require_quiet(request.id, request.world)

    def check_delete(self, request: DeleteRequest) -> None:
        self._require_quiet(request.id, request.world)

    def at_work(self, resource: StoredResource) -> ArmError:
        return conflict(str(account_id(ResourceId.parse(resource.id))))

    def _require_quiet(self, resource_id: ResourceId, world: World) -> None:
        account = account_of(resource_id, world)
        require_ready(account)
        if self.waits_for_siblings and any(
            one.key != resource_id.key and _is_of_project(one.type) == _is_of_project(self.name)
            for one in children_at_work(account, world)
        ):
            raise conflict(account.id)


class CapabilityHost(AccountChild):
    """Where agents keep their threads and files; nothing in the sandbox runs agents."""

    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION


class EncryptionScope(AccountChild):
    """A key of its own for a part of the account; nothing in the sandbox is encrypted with it."""

    delete_answer = DeleteAnswer.LOCATION


def account_of(resource_id: ResourceId, world: World) -> StoredResource:
    """Return the account that a resource lies in, at whatever depth."""
    key = account_id(resource_id).key
    account = world.store.resource(key)
    if account is None:
        raise AssertionError(f"{resource_id} lies in no account")
    return account


def stored_account(world: World, path: dict[str, str]) -> StoredResource:
    """Return the account that the ``group`` and the ``account`` of a request's path name.

    Raises:
        ArmError: 404, there is none.
    """
    wanted = ResourceId.of(resource_group_id(SUBSCRIPTION_ID, path["group"]), AI_SERVICES_ACCOUNT, path["account"])
    account = world.store.resource(wanted.key)
    if account is None:
        raise resource_not_found(str(wanted))
    return account


def account_id(resource_id: ResourceId) -> ResourceId:
    """Return the id of the account that a resource lies in."""
    return ResourceId(resource_id.scope, resource_id.namespace, resource_id.types[:1], resource_id.names[:1])


def children_at_work(account: StoredResource, world: World) -> list[StoredResource]:
    """Return what lies in an account and is being written or deleted."""
    return [one for one in world.store.below(account.key) if _is_child(one) and provisioning_state(one) in _AT_WORK]


def require_ready(account: StoredResource, world: World | None = None) -> None:
    """Refuse to go on while an account is not ready, in the words of source S209.

    With ``world``, a child that is being written counts too: to other providers the account is Accepted meanwhile.

    Raises:
        ArmError: 400.
    """
    state = provisioning_state(account)
    if world is not None and state == _READY and children_at_work(account, world):
        state = _AT_WORK[0]
    if state != _READY:
        raise ArmError(
            400,
            "AccountProvisioningStateInvalid",
            f"Call to {AI_SERVICES_ACCOUNT} failed. Error message: Account {account.id} in state {state}",
        )


def conflict(account: str) -> ArmError:
    """The refusal of a second write to what lies in an account, by its id; in the words of source S206."""
    return ArmError(
        409,
        "RequestConflict",
        f"Another operation is being performed on the parent resource '{account}'. Please try again later.",
    )


def bad_request(message: str) -> ArmError:
    """A refusal whose code could not be verified."""
    return ArmError(400, "BadRequest", message)


def text(value: Any) -> str:
    """Return a value as text in lower case, to compare; empty for none."""
    return "" if value is None else str(value).lower()


def _is_of_project(kind: str) -> bool:
    return f"{kind}/".lower().startswith(f"{FOUNDRY_PROJECT}/".lower())


def _is_child(resource: StoredResource) -> bool:
    return resource.type.lower().startswith(f"{AI_SERVICES_ACCOUNT}/".lower())
