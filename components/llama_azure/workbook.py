"""A workbook of Azure Monitor: charts of metrics that people look at together."""

import json
from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError
from llama_azure._azure_native import applicationinsights
from llama_azure._options import child_options

_NAME = "Workbook"


class WorkbookArgs(TypedDict):
    """The inputs of a Workbook."""

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds the workbook."""
    location: pulumi.Input[str]
    """Required. The Azure region."""
    workbook_name: pulumi.Input[str]
    """Required. The workbook's name in Azure, a GUID."""
    display_name: pulumi.Input[str]
    """Required. The name that people see."""
    content: pulumi.Input[str]
    """Required. The workbook as JSON, as Azure's editor of workbooks shows it."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the workbook."""


class Workbook(pulumi.ComponentResource):
    """A workbook that everybody sees who may read its resource group."""

    workbook_id: pulumi.Output[str]
    """The workbook's Azure resource id."""

    def __init__(self, name: str, args: WorkbookArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        content = args["content"]
        if isinstance(content, str) and not _is_json(content):
            raise ArgumentError(_NAME, "content", "content is not JSON; copy it from the editor of the workbook")
        workbook = applicationinsights.Workbook(
            f"{name}-workbook",
            resource_group_name=args["resource_group_name"],
            resource_name_=args["workbook_name"],
            location=args["location"],
            kind=applicationinsights.WorkbookSharedTypeKind.SHARED,
            category="workbook",
            display_name=args["display_name"],
            serialized_data=content,
            source_id="azure monitor",
            tags=args.get("tags"),
            opts=child_options(self),
        )
        self.workbook_id = workbook.id
        self.register_outputs({"workbook_id": self.workbook_id})


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
