"""Fault rules and which of them strikes a request. Pure: who keeps the rules and what a fault does lies elsewhere."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel


class FaultKind(StrEnum):
    """What happens to a request."""

    THROTTLE = "throttle"
    """429 with Retry-After."""
    CONFLICT = "conflict"
    """409 AnotherOperationInProgress."""
    SERVER_ERROR = "server-error"
    """A status from 500 on."""
    RESET = "reset"
    """The connection breaks before an answer."""
    DELAY = "delay"
    """The answer comes late."""
    OPERATION_FAILED = "operation-failed"
    """A long-running operation ends as Failed."""
    OPERATION_STUCK = "operation-stuck"
    """A long-running operation never ends."""
    CUT_STREAM = "cut-stream"
    """The connection breaks within an answer."""
    ROTATED_KEY = "rotated-key"
    """The key that the caller holds is good no longer: 401 of the data plane."""
    UNKNOWN_DEPLOYMENT = "unknown-deployment"
    """What Azure Resource Manager calls Succeeded is not known to the data plane yet: 404 of a Foundry resource."""


class Plane(StrEnum):
    """Whom a request is for."""

    ARM = "arm"
    SIGN_IN = "sign-in"
    DATA = "data"


class Operation(StrEnum):
    """What a request does; a poll asks how an operation stands."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    ACTION = "action"
    POLL = "poll"


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about."""

    plane: Plane
    operation: Operation
    type: str = ""
    """The full resource type, as it is spelled in the request; empty where there is none."""
    name: str = ""
    """The resource's own name; empty where there is none."""


_OPERATION_FAULTS = (FaultKind.OPERATION_FAILED, FaultKind.OPERATION_STUCK)
_DATA_FAULTS = (FaultKind.ROTATED_KEY, FaultKind.UNKNOWN_DEPLOYMENT)


class FaultRule(BaseModel):
    """When a fault strikes, and what it is like. JSON names are camelCase."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    kind: FaultKind
    plane: Plane | None = None
    type: str = "*"
    """A resource type, whole or its end (``serverlessEndpoints``), in any case; ``*`` stands for any characters."""
    operation: Operation | None = None
    """By default whatever the kind can strike, but never a poll."""
    name: str = "*"
    """The resource's own name, in any case; ``*`` stands for any characters."""
    probability: float = Field(default=1.0, gt=0, le=1)
    """How likely it strikes a request that it fits."""
    count: int | None = Field(default=None, ge=1)
    """How often it strikes at most; any number of times if not given."""
    seed: int = 0
    """What a probability is drawn from: the same seed strikes the same ones of a row of requests."""
    expires: float | None = None
    """Until when it strikes, in seconds since the epoch; for ever if not given."""
    status: int = Field(default=503, ge=500, le=599)
    """Of ``server-error``."""
    retry_after_seconds: int = Field(default=1, ge=1)
    """Of ``throttle``. The official plugin gives up above 120."""
    delay_seconds: float = Field(default=1.0, gt=0, le=86400)
    """Of ``delay``."""
    after_chunks: int = Field(default=1, ge=0)
    """Of ``cut-stream``: how many pieces of the body still arrive."""
    code: str = "InternalServerError"
    """Of ``operation-failed``: the error code that the operation ends with."""

    @model_validator(mode="after")
    def _fits_its_plane(self) -> "FaultRule":
        only = {
            **dict.fromkeys(_OPERATION_FAULTS, Plane.ARM),
            **dict.fromkeys(_DATA_FAULTS, Plane.DATA),
            FaultKind.CONFLICT: Plane.ARM,
        }.get(self.kind)
        if only is not None and self.plane not in (None, only):
            raise ValueError(f"a fault {self.kind.value} is one of the plane {only.value}, not {self.plane}")
        return self

    def fits(self, target: Target) -> bool:
        """Whether the rule is about such a request."""
        if self.plane not in (None, target.plane):
            return False
        if self.kind in _OPERATION_FAULTS and target.operation not in (Operation.WRITE, Operation.DELETE):
            return False
        if self.kind in (*_OPERATION_FAULTS, FaultKind.CONFLICT) and target.plane is not Plane.ARM:
            return False
        if self.kind in _DATA_FAULTS and target.plane is not Plane.DATA:
            return False
        if self.operation is None and target.operation is Operation.POLL:
            return False
        if self.operation not in (None, target.operation):
            return False
        return _type_fits(self.type, target.type) and fnmatchcase(target.name.lower(), self.name.lower())


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule with its number and what became of it so far."""

    number: int
    rule: FaultRule
    fitted: int = 0
    """How many requests it was about while it was in force."""
    struck: int = 0
    """How many of those it struck."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which rule strikes a request, and which rules it counts for."""

    striking: KeptRule | None
    counted: tuple[KeptRule, ...]
    """The rules in force that the request fitted, up to the one that strikes."""


def decide(rules: Sequence[KeptRule], target: Target, now: float) -> Decision:
    """Return which rule strikes a request at a moment (seconds since the epoch): the first that fits and is due."""
    counted = []
    for kept in rules:
        if not _in_force(kept, now) or not kept.rule.fits(target):
            continue
        counted.append(kept)
        if _draw(kept) < kept.rule.probability:
            return Decision(kept, tuple(counted))
    return Decision(None, tuple(counted))


def _in_force(kept: KeptRule, now: float) -> bool:
    rule = kept.rule
    return (rule.expires is None or now < rule.expires) and (rule.count is None or kept.struck < rule.count)


def _draw(kept: KeptRule) -> float:
    """Return a number from 0 to below 1 that depends on nothing but the seed and how many requests there were."""
    return random.Random(f"{kept.rule.seed} {kept.fitted}").random()  # noqa: S311 - chance, not secrecy


def _type_fits(pattern: str, kind: str) -> bool:
    wanted, given = pattern.lower(), kind.lower()
    return fnmatchcase(given, wanted) or fnmatchcase(given, f"*/{wanted}")
