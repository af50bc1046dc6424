"""The resource types that the rules judge, as tokens: importing the SDK for them would take seconds."""

SERVERLESS_ENDPOINT = "azure-native:machinelearningservices:ServerlessEndpoint"
