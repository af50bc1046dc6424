"""Resources as they come: type token, name and inputs, from the configuration."""

import pulumi

for entry in pulumi.Config("raw").require_object("resources"):
    pulumi.CustomResource(entry["type"], entry["name"], entry["inputs"])
