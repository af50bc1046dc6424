"""The configuration of the bootstrap stack."""

import json

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

NAMESPACE = "llama-bootstrap"
PREVIEW = "preview"
"""The identity that reads every environment and writes none."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Issuer(_Part):
    """Who issues tokens to jobs, and what they say of a job."""

    issuer: str = Field(pattern="^https://.+[^/]$")
    """The issuer, exactly as its tokens name it."""
    subject: str
    """The subject of an environment's jobs; ``{environment}`` stands for its name."""

    @field_validator("subject")
    @classmethod
    def _tells_environments_apart(cls, subject: str) -> str:
        if "{environment}" not in subject:
            raise ValueError("it must hold {environment}; a subject that all environments share opens all of them")
        return subject


class Environment(_Part):
    """Where one stack deploys."""

    resource_group: str
    """The stack's resource group."""
    location: str
    """The stack's region; its resource group lies in it."""


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
        return Settings.model_validate({"location": given.get("azure-native:location"), **own})
    except ValidationError as error:
        problems = [f"{NAMESPACE}:{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise pulumi.RunError(f"Pulumi.{pulumi.get_stack()}.yaml: " + "; ".join(problems)) from None


def _structured(text: str) -> object:
    """Pulumi hands mappings over as JSON."""
    return json.loads(text) if text[:1] == "{" else text
