"""Microsoft.Resources."""

from sandbox.arm.resource_type import DeleteAnswer, ResourceType


class ResourceGroup(ResourceType):
    """A resource group: created at once, deleted in a while with everything in it."""

    needs_location = True
    delete_answer = DeleteAnswer.LOCATION
