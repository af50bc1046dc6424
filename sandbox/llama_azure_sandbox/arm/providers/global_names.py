"""Names that must be unique in all of Azure: whether one is free, and what the name checks answer."""

from dataclasses import dataclass

from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.world import World


@dataclass(frozen=True, slots=True)
class NameVerdict:
    """Why a name cannot be had."""

    reason: str
    """``AccountNameInvalid`` or ``AlreadyExists``, in every provider's check."""
    message: str


def name_answer(verdict: NameVerdict | None) -> ArmAnswer:
    """Return what ``checkNameAvailability`` answers."""
    if verdict is None:
        return ArmAnswer(200, {"nameAvailable": True})
    return ArmAnswer(200, {"nameAvailable": False, "reason": verdict.reason, "message": verdict.message})


def taken_elsewhere(world: World, resource_type: str, name: str, key: str) -> bool:
    """Whether another resource than the one filed under ``key`` bears the name, here or with another customer."""
    if name.lower() in {taken.lower() for taken in world.settings.names_of_others}:
        return True
    return any(one != key for one in world.store.keys_of_name(resource_type, name))
