"""Names that must be unique in all of Azure: whether one is free, and what the name checks answer."""

from collections.abc import Callable
from dataclasses import dataclass

from llama_azure_core.naming import NameKind, name_problem
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.world import World


@dataclass(frozen=True, slots=True)
class NameVerdict:
    """Why a name cannot be had."""

    reason: str
    """``AccountNameInvalid`` or ``AlreadyExists``, in every provider's check."""
    message: str


@dataclass(frozen=True, slots=True)
class GlobalNames:
    """The names of a resource type, and the words of its provider; ``{name}`` in them is the name."""

    type: str
    kind: NameKind
    invalid: str
    taken: str
    held: Callable[[World, str], object] | None = None
    """What of a deleted resource holds a name, if anything does."""
    held_words: str = ""

    def verdict(self, world: World, name: str, key: str = "") -> NameVerdict | None:
        """Return why a name cannot be had by the resource filed under ``key``; ``None`` where it can."""
        if name_problem(self.kind, name) is not None:
            return NameVerdict("AccountNameInvalid", self.invalid.format(name=name))
        if self.held is not None and self.held(world, name) is not None:
            return NameVerdict("AlreadyExists", self.held_words)
        if taken_elsewhere(world, self.type, name, key):
            return NameVerdict("AlreadyExists", self.taken.format(name=name))
        return None

    def check(self, world: World, request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
        """Answer ``checkNameAvailability``."""
        return name_answer(self.verdict(world, str(request.json_object().get("name") or "")))


def name_answer(verdict: NameVerdict | None) -> ArmAnswer:
    """Return what ``checkNameAvailability`` answers."""
    if verdict is None:
        return ArmAnswer(200, {"nameAvailable": True})
    return ArmAnswer(200, {"nameAvailable": False, "reason": verdict.reason, "message": verdict.message})


def taken_elsewhere(world: World, resource_type: str, name: str, key: str) -> bool:
    """Whether another resource than the one filed under ``key`` bears the name, here or with another customer."""
    if name.lower() in {taken.lower() for taken in world.settings.names_of_others}:
        return True
    return any(one.key != key for one in world.store.of_name(resource_type, name))
