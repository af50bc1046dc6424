"""The configuration of the bootstrap stack."""

import json
import os
import uuid
from typing import Self

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from llama_azure_core.azure_enums import PrincipalType
from llama_azure_core.judging import is_local_cloud
from llama_azure_core.principals import example_problem, example_subject_problem, placeholder_problem

NAMESPACE = "llama-bootstrap"
PREVIEW = "preview"
"""The identity that reads every environment and writes none."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Issuer(_Part):
    """Who issues tokens to jobs, and what they say of a job."""

    issuer: str = Field(pattern="^https://.+[^/]$")
    """The issuer, exactly as its tokens name it."""
    subject: str | None = None
    """The subject of an environment's jobs; ``{environment}`` stands for its name."""
    subjects: dict[str, str] = Field(default_factory=dict)
    """By identity, its subject as the issuer shows it. Azure DevOps' newer service connections have subjects without a
    name in them (``/eid1/c/pub/t/…``). An identity that is not named is not signed in by this issuer."""

    @field_validator("subject")
    @classmethod
    def _tells_environments_apart(cls, subject: str | None) -> str | None:
        if subject is not None and "{environment}" not in subject:
            raise ValueError(
                "it must hold {environment}; a subject that all environments share opens all of them. Where the "
                "issuer's subjects hold no name, give one for each under `subjects`"
            )
        return subject

    @field_validator("subjects")
    @classmethod
    def _opens_one_each(cls, subjects: dict[str, str]) -> dict[str, str]:
        if len(set(subjects.values())) < len(subjects):
            raise ValueError("two identities share a subject; then the jobs of one sign in as the other")
        return subjects

    @model_validator(mode="after")
    def _has_subjects(self) -> Self:
        if (self.subject is None) == (not self.subjects):
            raise ValueError("give either `subject`, with {environment} in it, or `subjects`, one for each identity")
        return self

    def subject_of(self, identity: str) -> str | None:
        """Return the subject of an identity's jobs, or ``None`` where this issuer does not sign it in."""
        return self.subjects.get(identity) if self.subject is None else self.subject.format(environment=identity)


class Environment(_Part):
    """Where one stack deploys."""

    resource_group: str
    """The stack's resource group."""
    location: str
    """The stack's region; its resource group lies in it."""
    existing: bool = False
    """Whether the resource group is there already and stays whose it is: then it is not made here, and not in this
    stack's state. One that is there without this is taken into the state, and kept when this stack is destroyed."""


class Administrator(_Part):
    """Somebody who makes stacks: who sets up the state of one, and encrypts the first secret in it."""

    principal_id: str
    """The object id of the user or group."""
    principal_type: PrincipalType
    """User, Group or ServicePrincipal."""

    @field_validator("principal_id")
    @classmethod
    def _somebody(cls, principal_id: str) -> str:
        problem = placeholder_problem(principal_id)
        if problem is not None:
            raise ValueError(problem)
        return str(uuid.UUID(principal_id))


class Settings(_Part):
    """What is to be made."""

    location: str
    """The region of the identities, the state and the key."""
    resource_group: str
    """The resource group that they lie in."""
    issuers: dict[str, Issuer] = Field(min_length=1)
    """By a name of one's own: the systems whose jobs sign in."""
    environments: dict[str, Environment] = Field(min_length=1)
    """By stack: where it deploys."""
    administrators: dict[str, Administrator] = Field(default_factory=dict)
    """By a name of one's own: who makes stacks. Owners of a subscription may do that only with these roles: theirs read
    no blob and use no key."""
    existing_resource_group: bool = False
    """Whether ``resource_group`` stays when this stack is destroyed."""
    stacks_use_shared_key: bool = True
    """Whether some stack's secrets are still encrypted with the key ``state`` that versions before made for all stacks
    together. Of no meaning where that key is not there."""
    protect: bool = True
    """Whether Pulumi refuses to delete the state and its key."""

    @field_validator("environments")
    @classmethod
    def _kept_apart(cls, environments: dict[str, Environment]) -> dict[str, Environment]:
        if PREVIEW in environments:
            raise ValueError(f"{PREVIEW} is the identity that reads every environment; call the stack otherwise")
        if len({one.resource_group.lower() for one in environments.values()}) < len(environments):
            raise ValueError("two environments share a resource group; then the writer of one writes the other")
        return environments

    @model_validator(mode="after")
    def _every_identity_can_sign_in(self) -> Self:
        known = set(self.identities)
        for key, issuer in self.issuers.items():
            if strangers := sorted(set(issuer.subjects) - known):
                names, identities = ", ".join(strangers), ", ".join(self.identities)
                raise ValueError(f"issuers.{key}.subjects names {names}; the identities are {identities}")
        for name in self.identities:
            if all(issuer.subject_of(name) is None for issuer in self.issuers.values()):
                raise ValueError(f"no issuer has a subject for {name}; its jobs could never sign in")
        return self

    def nobody(self) -> list[str]:
        """Return what of the settings is an example's, and would let in whoever owns it: for a cloud of Azure's own."""
        subjects = [
            (f"issuers.{key}", subject)
            for key, issuer in self.issuers.items()
            for subject in filter(None, (issuer.subject, *issuer.subjects.values()))
        ]
        ids = [(f"administrators.{key}.principalId", one.principal_id) for key, one in self.administrators.items()]
        return [
            f"{NAMESPACE}:{path}: {problem}"
            for judge, values in ((example_subject_problem, subjects), (example_problem, ids))
            for path, value in values
            if (problem := judge(value)) is not None
        ]

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything that costs money."""
        return {"environment": "pipelines", "managed-by": "pulumi"}

    @property
    def identities(self) -> tuple[str, ...]:
        """The names of the identities: one per environment, and the reader."""
        return (PREVIEW, *self.environments)


def load_settings() -> Settings:
    """Read and judge the stack's configuration.

    Raises:
        pulumi.RunError: it cannot be used; the message names each value.
    """
    given = CONFIG.get()
    own = {key.partition(":")[2]: _structured(text) for key, text in given.items() if key.startswith(f"{NAMESPACE}:")}
    try:
        settings = Settings.model_validate({"location": given.get("azure-native:location"), **own})
        problems = [] if is_local_cloud(os.environ, given) else settings.nobody()
    except ValidationError as error:
        problems = [f"{NAMESPACE}:{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    if problems:
        raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: " + "; ".join(problems))
    return settings


def _structured(text: str) -> object:
    """Pulumi hands mappings over as JSON."""
    return json.loads(text) if text[:1] == "{" else text
