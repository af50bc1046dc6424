package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"

	sdk "github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// RunPlugin runs a Python plugin (a policy pack, or a component package) until it ends.
func (h *host) RunPlugin(
	req *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	isPolicyPack := req.Kind == string(apitype.AnalyzerPlugin)
	tools, err := toolchainFor(req.Info, !isPolicyPack)
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()

	command, err := pluginCommand(server.Context(), tools, req, isPolicyPack)
	if err != nil {
		return err
	}
	command.Env = append(environmentOf(command), req.Env...)
	command.Stderr = stderr
	terminateOnCancel(command)

	if isPolicyPack {
		command.Dir = req.Info.ProgramDirectory
		err = runPolicyPack(server, command, stdout)
	} else {
		command.Dir = req.Pwd
		command.Stdout = stdout
		err = command.Run()
	}
	return reportExit(server, err)
}

// pluginCommand runs a plugin's folder; one that has no program but is a Python package is run by its name.
func pluginCommand(
	ctx context.Context, tools toolchain.Toolchain, req *pulumirpc.RunPluginRequest, isPolicyPack bool,
) (*exec.Cmd, error) {
	root := req.Info.RootDirectory
	if isFile(root, "__main__.py") || !hasPluginRunner(ctx, tools) {
		return tools.Command(ctx, pluginArguments(req, isPolicyPack)...)
	}
	buildable, err := toolchain.IsBuildablePackage(root)
	if err != nil {
		return nil, fmt.Errorf("see whether the plugin is a Python package: %w", err)
	}
	if !buildable {
		return nil, fmt.Errorf("the plugin in %s has neither a __main__.py nor a pyproject.toml to build", root)
	}
	project, err := toolchain.LoadPyproject(root)
	if err != nil {
		return nil, err
	}
	return tools.ModuleCommand(ctx, "pulumi.run.plugin", append([]string{project.Project.Name}, req.Args...)...)
}

// hasPluginRunner tells whether the plugin's SDK is new enough to run a package by its name.
func hasPluginRunner(ctx context.Context, tools toolchain.Toolchain) bool {
	command, err := tools.Command(ctx, "-c", "import pulumi.run.plugin")
	if err != nil {
		return false
	}
	output, err := command.CombinedOutput()
	return err == nil || !strings.Contains(string(output), "ModuleNotFoundError")
}

// pluginArguments: a policy pack is a module run with its directory last, any other plugin a directory.
func pluginArguments(req *pulumirpc.RunPluginRequest, isPolicyPack bool) []string {
	if isPolicyPack {
		args := append([]string{"-u", "-m", "pulumi.policy"}, req.Args...)
		return append(args, req.Info.ProgramDirectory)
	}
	return append([]string{req.Info.ProgramDirectory}, req.Args...)
}

// runPolicyPack starts a pack once the stack is known: Python packs read the stack's name and
// configuration from their environment, so the SDK's proxy stands in until the engine has told them.
func runPolicyPack(
	server pulumirpc.LanguageRuntime_RunPluginServer, command *exec.Cmd, stdout io.Writer,
) error {
	proxy, stdout, err := sdk.NewPolicyProxy(server.Context(), stdout)
	if err != nil {
		return fmt.Errorf("start the policy pack's proxy: %w", err)
	}
	command.Stdout = stdout
	stack, err := proxy.AwaitConfiguration(server.Context())
	if err != nil {
		return fmt.Errorf("wait for the stack's configuration: %w", err)
	}
	environment, err := stackEnvironment(stack)
	if err != nil {
		return err
	}
	command.Env = append(command.Env, environment...)
	if err := command.Start(); err != nil {
		return err
	}
	return proxy.Attach(server.Context(), command)
}

// stackEnvironment is what a Python policy pack reads of its stack. A pack asked only for its
// description is told of no stack.
func stackEnvironment(stack *pulumirpc.AnalyzerStackConfigureRequest) ([]string, error) {
	if stack == nil {
		return nil, nil
	}
	environment := []string{
		"PULUMI_ORGANIZATION=" + stack.Organization,
		"PULUMI_PROJECT=" + stack.Project,
		"PULUMI_STACK=" + stack.Stack,
		"PULUMI_DRY_RUN=" + strconv.FormatBool(stack.DryRun),
	}
	if stack.Config != nil {
		config, err := json.Marshal(stack.Config)
		if err != nil {
			return nil, fmt.Errorf("serialise the stack configuration: %w", err)
		}
		environment = append(environment, "PULUMI_CONFIG="+string(config))
	}
	return environment, nil
}

// reportExit sends the plugin's exit code; an error that is no exit code goes back as it is.
func reportExit(server pulumirpc.LanguageRuntime_RunPluginServer, err error) error {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	code := int32(0)
	if exit != nil {
		code = int32(exit.ExitCode())
	}
	return server.Send(&pulumirpc.RunPluginResponse{
		Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: code},
	})
}
