// A Go program with the components of the package, run by itself: the Automation API gives it to the engine as its
// own language host. Its one argument is the folder of the project.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/example/llama-azure/sdk/go/llamaazure"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string) error {
	stack, err := auto.UpsertStackInlineSource(ctx, "dev", "languages-go", program, auto.WorkDir(folder))
	if err != nil {
		return err
	}
	result, err := stack.Up(ctx)
	if err != nil {
		return err
	}
	told := map[string]any{"changes": result.Summary.ResourceChanges}
	for name, output := range result.Outputs {
		told[name] = map[string]any{"value": output.Value, "secret": output.Secret}
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}

func program(ctx *pulumi.Context) error {
	group, project := pulumi.String(os.Getenv("GROUP")), pulumi.String("project")
	model := pulumi.String("azureml://registries/azureml-meta/models/Llama-3.3-70B-Instruct")
	offer, err := llamaazure.NewMarketplaceSubscription(ctx, "offer", &llamaazure.MarketplaceSubscriptionArgs{
		ResourceGroupName: group,
		ProjectName:       project,
		SubscriptionName:  pulumi.String(os.Getenv("ENDPOINT")),
		ModelId:           model,
	})
	if err != nil {
		return err
	}
	llama, err := llamaazure.NewServerlessEndpoint(ctx, "llama", &llamaazure.ServerlessEndpointArgs{
		ResourceGroupName: group,
		Location:          pulumi.String("eastus2"),
		ProjectName:       project,
		EndpointName:      pulumi.String(os.Getenv("ENDPOINT")),
		ModelId:           model,
		Tags:              pulumi.StringMap{"environment": pulumi.String("dev"), "managed-by": pulumi.String("pulumi")},
	}, pulumi.DependsOn([]pulumi.Resource{offer}))
	if err != nil {
		return err
	}
	_, err = llamaazure.NewDeployerRole(ctx, "deployers", &llamaazure.DeployerRoleArgs{
		SubscriptionId:    pulumi.String(os.Getenv("ARM_SUBSCRIPTION_ID")),
		ResourceGroupName: group,
		ProjectNames:      []string{"project"},
		Deployers: map[string]llamaazure.DeployerArgs{"team": {
			PrincipalId:   pulumi.String("7c1f0d52-9a3e-4b6c-8d21-5e0f4a7b9c36"),
			PrincipalType: os.Getenv("PRINCIPAL_TYPE"),
		}},
	})
	if err != nil {
		return err
	}
	ctx.Export("uri", llama.Uri)
	ctx.Export("key", llama.PrimaryKey)
	return nil
}
