package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	// exitMessageShown is the executor's exit code for "the user has already read why".
	exitMessageShown = 32
	// terminationGrace is how long a program may take to stop when it is told to.
	terminationGrace = 5 * time.Second
)

// host implements the part of the LanguageRuntime service that this project's engine needs.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	executor      string
	engineAddress string
	cancelled     context.Context
	cancel        context.CancelFunc
}

func newHost(executor, engineAddress string) *host {
	ctx, cancel := context.WithCancel(context.Background())
	return &host{executor: executor, engineAddress: engineAddress, cancelled: ctx, cancel: cancel}
}

func (h *host) Handshake(
	_ context.Context, req *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.engineAddress = req.EngineAddress
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

// GetRequiredPackages names none: the engine loads a plugin when a resource first asks for it.
func (h *host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

func (h *host) GetProgramDependencies(
	ctx context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	tools, err := toolchainFor(req.Info, false)
	if err != nil {
		return nil, err
	}
	packages, err := tools.ListPackages(ctx, req.TransitiveDependencies)
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, p := range packages {
		response.Dependencies = append(response.Dependencies,
			&pulumirpc.DependencyInfo{Name: p.Name, Version: p.Version})
	}
	return response, nil
}

func (h *host) About(ctx context.Context, req *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	tools, err := toolchainFor(req.Info, false)
	if err != nil {
		return nil, err
	}
	info, err := tools.About(ctx)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{
		Executable: info.PythonExecutable,
		Version:    info.PythonVersion.String(),
	}, nil
}

func (h *host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, req.IsTerminal)
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	tools, err := toolchainFor(req.Info, req.IsPlugin)
	if err != nil {
		return err
	}
	return tools.InstallDependencies(server.Context(), req.Info.ProgramDirectory,
		req.UseLanguageVersionTools, true /* showOutput */, stdout, stderr)
}

// Run runs a program as a child process, under the SDK's executor.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	tools, err := toolchainFor(req.Info, false)
	if err != nil {
		return nil, err
	}
	if err := tools.ValidateVenv(ctx); err != nil {
		return nil, err
	}
	config, err := configEnvironment(req)
	if err != nil {
		return nil, err
	}

	// The program stops when the request ends or when the engine cancels the host.
	running, stop := context.WithCancel(h.cancelled)
	defer stop()
	context.AfterFunc(ctx, stop)
	command, err := tools.Command(running, append([]string{h.executor}, h.executorArguments(req)...)...)
	if err != nil {
		return nil, err
	}
	command.Env = append(environmentOf(command), config...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	terminateOnCancel(command)

	err = command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == exitMessageShown:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit) && exit.Exited():
		return &pulumirpc.RunResponse{
			Error: fmt.Sprintf("program exited with non-zero exit code: %d", exit.ExitCode()),
		}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program did not run to its end: %v", err)}, nil
	}
}

func (h *host) executorArguments(req *pulumirpc.RunRequest) []string {
	args := []string{
		"--monitor", req.MonitorAddress,
		"--engine", h.engineAddress,
		"--organization", req.Organization,
		"--project", req.Project,
		"--root_directory", req.Info.RootDirectory,
		"--stack", req.Stack,
		"--parallel", strconv.Itoa(int(req.Parallel)),
		"--pwd", req.Pwd,
	}
	if req.DryRun {
		args = append(args, "--dry_run", "true")
	}
	program := filepath.Join(req.Info.ProgramDirectory, req.Info.EntryPoint)
	return append(append(args, program), req.Args...)
}

// configEnvironment is the stack's configuration in the two variables that the Python SDK reads.
// A stack without configuration leaves them out: the SDK does not read JSON's null as empty.
func configEnvironment(req *pulumirpc.RunRequest) ([]string, error) {
	var environment []string
	if req.Config != nil {
		config, err := json.Marshal(req.Config)
		if err != nil {
			return nil, fmt.Errorf("serialise the stack configuration: %w", err)
		}
		environment = append(environment, "PULUMI_CONFIG="+string(config))
	}
	if req.ConfigSecretKeys != nil {
		secretKeys, err := json.Marshal(req.ConfigSecretKeys)
		if err != nil {
			return nil, fmt.Errorf("serialise the secret configuration keys: %w", err)
		}
		environment = append(environment, "PULUMI_CONFIG_SECRET_KEYS="+string(secretKeys))
	}
	return environment, nil
}

// environmentOf is the environment a toolchain chose for a command; none means this process's own.
func environmentOf(command *exec.Cmd) []string {
	if command.Env == nil {
		return os.Environ()
	}
	return command.Env
}

// terminateOnCancel ends a cancelled program, and kills it when it does not go. Python answers an
// interrupt with a traceback that would only frighten the user; it follows a termination silently.
func terminateOnCancel(command *exec.Cmd) {
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = terminationGrace
}

// toolchainFor reads the runtime options of a Pulumi.yaml, PulumiPolicy.yaml or PulumiPlugin.yaml.
func toolchainFor(info *pulumirpc.ProgramInfo, isPlugin bool) (toolchain.Toolchain, error) {
	options := toolchain.PythonOptions{Root: info.RootDirectory, ProgramDir: info.ProgramDirectory}
	fields := info.Options.AsMap()
	if value, given := fields["virtualenv"]; given {
		path, isString := value.(string)
		if !isString {
			return nil, errors.New("the runtime option virtualenv must be a string")
		}
		options.Virtualenv = path
	}
	switch fields["toolchain"] {
	case nil:
		options.Toolchain = toolchain.Auto
	case "pip":
		options.Toolchain = toolchain.Pip
	case "uv":
		options.Toolchain = toolchain.Uv
	case "poetry":
		options.Toolchain = toolchain.Poetry
	default:
		return nil, fmt.Errorf("the runtime option toolchain is %v: choose pip, uv or poetry", fields["toolchain"])
	}
	// Plugins, unlike programs and policy packs, never run in the ambient Python.
	usesPip := options.Toolchain == toolchain.Pip || options.Toolchain == toolchain.Auto
	if isPlugin && usesPip && options.Virtualenv == "" {
		options.Virtualenv = "venv"
	}
	return toolchain.ResolveToolchain(options)
}
