# The estate of the bench as OpenTofu's users write it with the azapi provider.
terraform {
  required_providers {
    azapi = { source = "Azure/azapi" }
  }
}

variable "name" { type = string }
variable "projects" { type = number }
variable "tenant" { type = string }

locals {
  models    = ["Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct"]
  registry  = "azureml://registries/azureml-meta/models"
  endpoints = [for pair in setproduct(range(var.projects), range(length(local.models))) : { project = pair[0], model = pair[1] }]
  location  = "eastus2"
}

resource "azapi_resource" "group" {
  type     = "Microsoft.Resources/resourceGroups@2024-03-01"
  name     = "rg-${var.name}"
  location = local.location
  body     = {}
}

resource "azapi_resource" "storage" {
  type      = "Microsoft.Storage/storageAccounts@2023-01-01"
  name      = "st${replace(var.name, "-", "")}"
  parent_id = azapi_resource.group.id
  location  = local.location
  body = {
    kind       = "StorageV2"
    sku        = { name = "Standard_LRS" }
    properties = { allowBlobPublicAccess = false, minimumTlsVersion = "TLS1_2", supportsHttpsTrafficOnly = true }
  }
}

resource "azapi_resource" "vault" {
  type      = "Microsoft.KeyVault/vaults@2023-07-01"
  name      = "kv-${var.name}"
  parent_id = azapi_resource.group.id
  location  = local.location
  body = {
    properties = { tenantId = var.tenant, sku = { family = "A", name = "standard" }, enableRbacAuthorization = true }
  }
}

resource "azapi_resource" "logs" {
  type      = "Microsoft.OperationalInsights/workspaces@2023-09-01"
  name      = "log-${var.name}"
  parent_id = azapi_resource.group.id
  location  = local.location
  body      = { properties = {} }
}

resource "azapi_resource" "insights" {
  type      = "Microsoft.Insights/components@2020-02-02"
  name      = "appi-${var.name}"
  parent_id = azapi_resource.group.id
  location  = local.location
  body = {
    kind = "web"
    properties = {
      Application_Type    = "web"
      IngestionMode       = "LogAnalytics"
      WorkspaceResourceId = azapi_resource.logs.id
    }
  }
}

resource "azapi_resource" "hub" {
  type      = "Microsoft.MachineLearningServices/workspaces@2024-04-01"
  name      = "hub-${var.name}"
  parent_id = azapi_resource.group.id
  location  = local.location
  identity { type = "SystemAssigned" }
  body = {
    kind = "Hub"
    sku  = { name = "Basic", tier = "Basic" }
    properties = {
      friendlyName        = "hub-${var.name}"
      storageAccount      = azapi_resource.storage.id
      keyVault            = azapi_resource.vault.id
      applicationInsights = azapi_resource.insights.id
    }
  }
}

resource "azapi_resource" "project" {
  count     = var.projects
  type      = "Microsoft.MachineLearningServices/workspaces@2024-04-01"
  name      = "${var.name}-${count.index}"
  parent_id = azapi_resource.group.id
  location  = local.location
  identity { type = "SystemAssigned" }
  body = {
    kind       = "Project"
    sku        = { name = "Basic", tier = "Basic" }
    properties = { friendlyName = "${var.name}-${count.index}", hubResourceId = azapi_resource.hub.id }
  }
}

resource "azapi_resource" "subscription" {
  count     = length(local.endpoints)
  type      = "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions@2024-04-01"
  name      = local.models[local.endpoints[count.index].model]
  parent_id = azapi_resource.project[local.endpoints[count.index].project].id
  body = {
    properties = { modelId = "${local.registry}/${local.models[local.endpoints[count.index].model]}" }
  }
}

resource "azapi_resource" "endpoint" {
  count      = length(local.endpoints)
  type       = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints@2024-04-01"
  name       = "${var.name}-${local.endpoints[count.index].project}-${local.endpoints[count.index].model}"
  parent_id  = azapi_resource.project[local.endpoints[count.index].project].id
  location   = local.location
  depends_on = [azapi_resource.subscription]
  body = {
    sku = { name = "Consumption" }
    properties = {
      authMode      = "Key"
      contentSafety = { contentSafetyStatus = "Enabled" }
      modelSettings = { modelId = "${local.registry}/${local.models[local.endpoints[count.index].model]}" }
    }
  }
  response_export_values = ["properties.inferenceEndpoint.uri"]
}

data "azapi_resource_action" "keys" {
  count                  = length(local.endpoints)
  type                   = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints@2024-04-01"
  resource_id            = azapi_resource.endpoint[count.index].id
  action                 = "listKeys"
  response_export_values = ["primaryKey"]
}

output "endpoints" {
  value = { for endpoint in azapi_resource.endpoint : endpoint.name => endpoint.output.properties.inferenceEndpoint.uri }
}

output "keys" {
  sensitive = true
  value     = [for keys in data.azapi_resource_action.keys : jsondecode(keys.output).primaryKey]
}
