"""A workbook, here with a text alone; the settings make one with charts."""

import json

from place import GROUP, LOCATION, TAGS, in_group

from llama_azure import Workbook

Workbook(
    "figures",
    {
        "resource_group_name": GROUP,
        "location": LOCATION,
        "workbook_name": "3f6c1c52-8d0e-4b7a-9d43-0f6d6f1f7a10",
        "display_name": "Llama",
        "content": json.dumps(
            {
                "version": "Notebook/1.0",
                "items": [{"type": 1, "content": {"json": "# Llama"}, "name": "title"}],
                "fallbackResourceIds": ["Azure Monitor"],
            }
        ),
        "tags": TAGS,
    },
    in_group,
)
