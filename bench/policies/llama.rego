# Some of the guardrails' rules in Rego, to measure OPA on the same resources. `opa eval` with an ARM template as input.
package llama

endpoints contains resource if {
	some resource in input.resources
	resource.type == "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints"
}

workspaces contains resource if {
	some resource in input.resources
	resource.type == "Microsoft.MachineLearningServices/workspaces"
}

deny contains sprintf("%s: region", [endpoint.name]) if {
	some endpoint in endpoints
	not endpoint.location in {"eastus2", "swedencentral"}
}

deny contains sprintf("%s: content safety", [endpoint.name]) if {
	some endpoint in endpoints
	endpoint.properties.contentSafety.contentSafetyStatus != "Enabled"
}

deny contains sprintf("%s: sign-in", [endpoint.name]) if {
	some endpoint in endpoints
	endpoint.properties.authMode != "AAD"
}

deny contains sprintf("%s: version", [endpoint.name]) if {
	some endpoint in endpoints
	contains(endpoint.properties.modelSettings.modelId, "/versions/")
}

slots[slot] contains endpoint.name if {
	some endpoint in endpoints
	slot := [split(endpoint.name, "/")[0], lower(endpoint.properties.modelSettings.modelId)]
}

deny contains sprintf("%v: more than one deployment", [slot]) if {
	some slot, names in slots
	count(names) > 1
}

deny contains sprintf("%s: public", [workspace.name]) if {
	some workspace in workspaces
	workspace.properties.publicNetworkAccess != "Disabled"
}

deny contains sprintf("%s: tags", [resource.name]) if {
	some resource in input.resources
	some tag in {"environment", "managed-by"}
	resource.tags
	not resource.tags[tag]
}
