"""Who may sign in: the service principals and users of the sandbox's directory, kept in its store.

A client secret is kept as its SHA-256 digest: it is 32 random bytes, so a slower hash would protect nothing more.
"""

import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from llama_azure_core.resource_types import USER_ASSIGNED_IDENTITY
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.resource_type import unique_id
from llama_azure_sandbox.arm.store import Store, StoredResource
from llama_azure_sandbox.arm.world import CLIENT_ID, PRINCIPAL_ID
from llama_azure_sandbox.identity.credentials import OWNER_NAME, FederatedCredential, digest, imds_capability

_FEDERATED_SUFFIX = "/federatedIdentityCredentials"
PRINCIPAL_TYPE = "Microsoft.Graph/principals"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")

DEFAULT_AUDIENCE = "api://AzureADTokenExchange"
"""The audience that Microsoft Entra ID recommends for tokens that are exchanged."""


class PrincipalError(ValueError):
    """A principal cannot be added or found; the message says why and what to do."""


class PrincipalType(StrEnum):
    """The kinds of principals, as role assignments spell them."""

    SERVICE_PRINCIPAL = "ServicePrincipal"
    USER = "User"


@dataclass(frozen=True, slots=True)
class Principal:
    """One who signs in. ``secret_digest`` is the hex SHA-256 of the client secret."""

    name: str
    object_id: str
    client_id: str
    type: PrincipalType
    secret_digest: str
    federated_credentials: tuple[FederatedCredential, ...] = ()

    @property
    def imds_capability(self) -> str:
        """The part of an instance metadata service's address that lets its caller be this principal."""
        return imds_capability(self.secret_digest)

    @property
    def client_name(self) -> str:
        """What Azure calls the principal in errors: a user's name, a service principal's client id."""
        return f"{self.name}@sandbox.localhost" if self.type is PrincipalType.USER else self.client_id

    def has_secret(self, secret: str) -> bool:
        """Whether this is the principal's client secret; takes as long for a near miss as for any other."""
        return secrets.compare_digest(self.secret_digest, digest(secret))


class Directory:
    """The principals of one sandbox."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Principal]:
        """Return every principal, by name."""
        return sorted(map(_principal, self._store.of_type(PRINCIPAL_TYPE)), key=lambda principal: principal.name)

    def everyone(self) -> list[Principal]:
        """Return every principal, and every managed identity that was made as a resource."""
        return [*self.all(), *(self._identity(stored) for stored in self._store.of_type(USER_ASSIGNED_IDENTITY))]

    def named(self, name: str) -> Principal:
        """Return the principal of a name.

        Raises:
            PrincipalError: there is none.
        """
        everyone = self.all()
        found = next((principal for principal in everyone if principal.name == name), None)
        if found is None:
            known = ", ".join(principal.name for principal in everyone)
            raise PrincipalError(f"there is no principal {name!r}; there are: {known}")
        return found

    def by_object_id(self, object_id: str) -> Principal | None:
        """Return the principal of an object id."""
        stored = self._store.resource(_key(object_id))
        if stored is not None:
            return _principal(stored)
        found = self._store.marked(Mark.PRINCIPAL, object_id.lower(), USER_ASSIGNED_IDENTITY)
        return self._identity(found[0]) if found else None

    def by_client_id(self, client_id: str) -> Principal | None:
        """Return the service principal of a client id."""
        own = next((one for one in self.all() if one.client_id == client_id.lower()), None)
        found = self._store.marked(Mark.CLIENT, client_id.lower(), USER_ASSIGNED_IDENTITY)
        return self._identity(found[0]) if own is None and found else own

    def by_secret(self, secret: str) -> Principal | None:
        """Return the principal whose secret this is."""
        return next((one for one in self.all() if one.has_secret(secret)), None)

    def add(
        self,
        name: str,
        secret: str,
        kind: PrincipalType = PrincipalType.SERVICE_PRINCIPAL,
        federated_credentials: tuple[FederatedCredential, ...] = (),
    ) -> Principal:
        """Add a principal.

        Raises:
            PrincipalError: the name is taken, or is none.
        """
        self.require_free(name)
        principal = Principal(name, str(uuid.uuid4()), str(uuid.uuid4()), kind, digest(secret), federated_credentials)
        self._save(principal)
        return principal

    def require_free(self, name: str) -> None:
        """Refuse a name under which no principal can be added.

        Raises:
            PrincipalError: the name is taken, or is none.
        """
        if not _NAME.fullmatch(name):
            raise PrincipalError(
                f"{name!r} is not a name for a principal; use lower-case letters, digits and hyphens, a letter first"
            )
        if any(principal.name == name for principal in self.all()):
            raise PrincipalError(f"there is a principal {name!r} already; remove it first, or choose another name")

    def ensure_owner(self, secret: str) -> Principal:
        """Return the principal that owns the subscription, made if it is not there."""
        owner = self.by_object_id(PRINCIPAL_ID)
        if owner is None or not owner.has_secret(secret):
            owner = Principal(OWNER_NAME, PRINCIPAL_ID, CLIENT_ID, PrincipalType.SERVICE_PRINCIPAL, digest(secret))
            self._save(owner)
        return owner

    def remove(self, principal: Principal) -> None:
        """Remove a principal. Its tokens stay good for their hour, and open nothing without a role."""
        self._store.remove(_key(principal.object_id))

    def _identity(self, stored: StoredResource) -> Principal:
        credentials = [child for child in self._store.children(stored.key) if child.type.endswith(_FEDERATED_SUFFIX)]
        return Principal(
            name=stored.name,
            object_id=unique_id(stored, "principal"),
            client_id=unique_id(stored, "client"),
            type=PrincipalType.SERVICE_PRINCIPAL,
            secret_digest="",
            federated_credentials=tuple(
                FederatedCredential(properties["issuer"], properties["subject"], audience)
                for properties in (child.body["properties"] for child in credentials)
                for audience in properties["audiences"]
            ),
        )

    def _save(self, principal: Principal) -> None:
        key = _key(principal.object_id)
        properties = {
            "provisioningState": "Succeeded",
            "displayName": principal.name,
            "appId": principal.client_id,
            "principalType": principal.type.value,
            "federatedCredentials": [
                {"issuer": one.issuer, "subject": one.subject, "audience": one.audience}
                for one in principal.federated_credentials
            ],
        }
        secrets = {"digest": principal.secret_digest}
        body = {"properties": properties}
        stored = StoredResource(key, key, PRINCIPAL_TYPE, None, principal.object_id, body, secrets)
        self._store.save(stored)


def _key(object_id: str) -> str:
    return f"/directory/principals/{object_id.lower()}"


def _principal(stored: StoredResource) -> Principal:
    properties: Mapping[str, str] = stored.body["properties"]
    credentials = stored.body["properties"]["federatedCredentials"]
    return Principal(
        name=properties["displayName"],
        object_id=stored.instance,
        client_id=properties["appId"],
        type=PrincipalType(properties["principalType"]),
        secret_digest=stored.secrets["digest"],
        federated_credentials=tuple(FederatedCredential(**one) for one in credentials),
    )
