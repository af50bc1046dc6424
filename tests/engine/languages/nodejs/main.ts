// A TypeScript program with the components of the package, run by itself: the Automation API gives it to the engine as
// its own language host. Its one argument is the folder of the project.
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import * as llama_azure from "./sdk";

async function program(): Promise<Record<string, pulumi.Output<string>>> {
    const resourceGroupName = process.env.GROUP!;
    const projectName = "project";
    const endpointName = process.env.ENDPOINT!;
    const modelId = "azureml://registries/azureml-meta/models/Llama-3.3-70B-Instruct";
    const offer = new llama_azure.MarketplaceSubscription("offer", {
        resourceGroupName,
        projectName,
        subscriptionName: endpointName,
        modelId,
    });
    const llama = new llama_azure.ServerlessEndpoint(
        "llama",
        {
            resourceGroupName,
            location: "eastus2",
            projectName,
            endpointName,
            modelId,
            tags: { environment: "dev", "managed-by": "pulumi" },
        },
        { dependsOn: [offer] },
    );
    new llama_azure.DeployerRole("deployers", {
        subscriptionId: process.env.ARM_SUBSCRIPTION_ID!,
        resourceGroupName,
        projectNames: [projectName],
        deployers: {
            team: {
                principalId: "7c1f0d52-9a3e-4b6c-8d21-5e0f4a7b9c36",
                principalType: process.env.PRINCIPAL_TYPE!,
            },
        },
    });
    return { uri: llama.uri, key: llama.primaryKey };
}

async function run(workDir: string): Promise<void> {
    const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: "dev", projectName: "languages-nodejs", program },
        { workDir },
    );
    const result = await stack.up();
    console.log(JSON.stringify({ changes: result.summary.resourceChanges, ...result.outputs }));
}

run(process.argv[2]).catch((error) => {
    console.error(String(error));
    process.exit(1);
});
