"""The pipelines' one data file, ``environments.yaml``: which stacks, in which order, and how carefully."""

from functools import cache
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from llama_azure_core.limits import limits
from llama_azure_pipelines.errors import StepError

_NAME = Path("pipelines", "environments.yaml")


def _root() -> Path:
    here = Path.cwd()
    checkout = Path(__file__).resolve().parents[2]
    return next((one for one in (here, *here.parents, checkout) if (one / _NAME).is_file()), here)


ROOT = _root()
"""The repository that the steps work in: the one they were called in, or below, or else the one this file lies in."""

_FILE = ROOT / _NAME

Percent = Annotated[int, Field(gt=0, lt=100)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class HealthCheck(_Part):
    """How an endpoint is asked whether it is well."""

    attempts: int = Field(ge=1)
    pause_seconds: float = Field(ge=0)
    """Between two attempts."""
    answer_seconds: float = Field(gt=0)
    """How long one answer may take."""


class Rollout(_Part):
    """How a new deployment comes to its traffic."""

    shares: tuple[Percent, ...]
    """In percent, rising: what it gets first, second and so on before it gets what the stack's file says."""
    pause_seconds: float = Field(ge=0)
    """How long each share is watched."""


class Environments(_Part):
    """What ``environments.yaml`` says."""

    environments: tuple[str, ...] = Field(min_length=1)
    """The stacks, in the order of deployment."""
    deploys_from: str = Field(pattern="^refs/")
    """The ref whose jobs may change Azure."""
    approved: tuple[str, ...] = ()
    """The stacks whose deployment somebody approves first, in the CI system's own gate."""
    no_stack: tuple[str, ...]
    one_stack: tuple[str, ...]
    preview_skips: tuple[str, ...]
    """Ids of the checks that preflight leaves out of previews."""
    health_check: HealthCheck
    rollout: Rollout
    parts_at_once: int = Field(default=4, ge=1)
    """How many stacks that deploy parts of one environment are deployed at once."""
    max_key_age_days: int = Field(default=limits()["activityLogDays"], ge=1, le=limits()["activityLogDays"])
    """How old the keys of an endpoint may be. At most as long as Azure remembers their renewal."""

    @model_validator(mode="after")
    def _approves_what_is_there(self) -> Self:
        if strangers := [stack for stack in self.approved if stack not in self.environments]:
            raise ValueError(f"approved: {', '.join(strangers)} is none of the environments")
        return self

    def require(self, stack: str) -> str:
        """Return the stack.

        Raises:
            StepError: it is not an environment.
        """
        if stack not in self.environments:
            known = ", ".join(self.environments)
            raise StepError(f"{stack!r} is none of the environments in pipelines/environments.yaml: {known}")
        return stack


@cache
def environments() -> Environments:
    """Return what ``environments.yaml`` says.

    Raises:
        StepError: the file cannot be used; the message names each value.
    """
    try:
        return Environments.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise StepError(
            f"neither {ROOT} nor a folder above it has {_NAME}: call the steps in the repository of your stacks, and "
            "describe its environments in that file"
        ) from None
    except (OSError, yaml.YAMLError) as error:
        raise StepError(f"{_FILE} cannot be read: {error}") from None
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise StepError(f"{_FILE}: {problems}") from None
