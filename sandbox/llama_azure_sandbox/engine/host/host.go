package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
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

// GetRequiredPackages makes the virtual environment where there is none, and names the plugins of its packages.
func (h *host) GetRequiredPackages(
	ctx context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	tools, err := toolchainFor(req.Info, false)
	if err != nil {
		return nil, err
	}
	info, warnings, err := h.engineLog(ctx)
	if err != nil {
		return nil, err
	}
	err = tools.EnsureVenv(ctx, req.Info.ProgramDirectory, false, true /* showOutput */, info, warnings)
	if err != nil {
		return nil, err
	}
	packages, err := requiredPackages(ctx, tools)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages}, nil
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
		return nil, fmt.Errorf("list the program's dependencies: %w", err)
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, p := range packages {
		response.Dependencies = append(response.Dependencies,
			&pulumirpc.DependencyInfo{Name: p.Name, Version: p.Version})
	}
	return response, nil
}

// About tells of the Python that a program runs in; asked outside a project, of the one on the PATH.
func (h *host) About(ctx context.Context, req *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	options := toolchain.PythonOptions{Toolchain: toolchain.Pip}
	if req.Info != nil {
		var err error
		if options, err = optionsOf(req.Info, false); err != nil {
			return nil, err
		}
	}
	tools, err := toolchain.ResolveToolchain(options)
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
		Metadata: map[string]string{
			"toolchain":        toolchain.Name(options.Toolchain),
			"toolchainVersion": info.ToolchainVersion.String(),
			"typechecker":      toolchain.TypeCheckerName(options.Typechecker),
		},
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
	if req.IsPlugin {
		if err := installItself(server.Context(), tools, req, stdout, stderr); err != nil {
			return err
		}
	}
	return tools.InstallDependencies(server.Context(), req.Info.ProgramDirectory,
		req.UseLanguageVersionTools, true /* showOutput */, stdout, stderr)
}

// installItself installs a plugin that is a Python package of its own into its virtual environment.
func installItself(
	ctx context.Context, tools toolchain.Toolchain, req *pulumirpc.InstallDependenciesRequest, stdout, stderr io.Writer,
) error {
	buildable, err := toolchain.IsBuildablePackage(req.Info.ProgramDirectory)
	if err != nil {
		return fmt.Errorf("see whether the plugin is a Python package: %w", err)
	}
	if !buildable {
		return nil
	}
	err = tools.EnsureVenv(ctx, req.Info.ProgramDirectory, req.UseLanguageVersionTools, true, stdout, stderr)
	if err != nil {
		return fmt.Errorf("make the plugin's virtual environment: %w", err)
	}
	command, err := tools.ModuleCommand(ctx, "pip", "install", req.Info.ProgramDirectory)
	if err != nil {
		return err
	}
	command.Stdout, command.Stderr = stdout, stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("install the plugin itself: %w", err)
	}
	return nil
}

// Run runs a program as a child process, under the SDK's executor.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	options, err := optionsOf(req.Info, false)
	if err != nil {
		return nil, err
	}
	tools, err := toolchain.ResolveToolchain(options)
	if err != nil {
		return nil, err
	}
	if err := tools.ValidateVenv(ctx); err != nil {
		return nil, err
	}
	if options.Typechecker != toolchain.TypeCheckerNone {
		if err := checkTypes(ctx, tools, options, req.Info.ProgramDirectory); err != nil {
			return nil, err
		}
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

// checkTypes runs the type checker that the project asks for; a program that it finds fault with does not run.
func checkTypes(
	ctx context.Context, tools toolchain.Toolchain, options toolchain.PythonOptions, program string,
) error {
	checker := strings.ToLower(toolchain.TypeCheckerName(options.Typechecker))
	packages, err := tools.ListPackages(ctx, true)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(packages, func(p plugin.DependencyInfo) bool { return p.Name == checker }) {
		return fmt.Errorf("the typechecker option is set to %s, but %s is not installed", checker, checker)
	}
	args := []string{"-m", checker}
	if options.Typechecker == toolchain.TypeCheckerMypy {
		environment, err := tools.VirtualEnvPath(ctx)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(program, environment)
		if err != nil {
			return err
		}
		args = append(args, "--exclude", relative)
	}
	command, err := tools.Command(ctx, append(args, program)...)
	if err != nil {
		return err
	}
	command.Dir = program
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s failed: %w\n%s", checker, err, output)
	}
	return nil
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

// toolchainFor is the toolchain that a Pulumi.yaml, PulumiPolicy.yaml or PulumiPlugin.yaml asks for.
func toolchainFor(info *pulumirpc.ProgramInfo, isPlugin bool) (toolchain.Toolchain, error) {
	options, err := optionsOf(info, isPlugin)
	if err != nil {
		return nil, err
	}
	return toolchain.ResolveToolchain(options)
}

// optionsOf reads the runtime options of a Pulumi.yaml, PulumiPolicy.yaml or PulumiPlugin.yaml.
func optionsOf(info *pulumirpc.ProgramInfo, isPlugin bool) (toolchain.PythonOptions, error) {
	options := toolchain.PythonOptions{Root: info.RootDirectory, ProgramDir: info.ProgramDirectory}
	fields := info.Options.AsMap()
	if value, given := fields["virtualenv"]; given {
		path, isString := value.(string)
		if !isString {
			return options, errors.New("the runtime option virtualenv must be a string")
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
		return options, fmt.Errorf("the runtime option toolchain is %v: choose pip, uv or poetry", fields["toolchain"])
	}
	switch fields["typechecker"] {
	case nil:
	case "mypy":
		options.Typechecker = toolchain.TypeCheckerMypy
	case "pyright":
		options.Typechecker = toolchain.TypeCheckerPyright
	default:
		return options, fmt.Errorf("the runtime option typechecker is %v: choose mypy or pyright", fields["typechecker"])
	}
	// Plugins, unlike programs and policy packs, never run in the ambient Python.
	usesPip := options.Toolchain == toolchain.Pip || options.Toolchain == toolchain.Auto
	if isPlugin && usesPip && options.Virtualenv == "" {
		options.Virtualenv = "venv"
	}
	return options, nil
}

// engineLog are writers whose text the engine shows while something is prepared: what happens, and what is wrong.
func (h *host) engineLog(ctx context.Context) (happening, wrong io.Writer, err error) {
	connection, err := grpc.NewClient(h.engineAddress,
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		return nil, nil, fmt.Errorf("reach the engine at %s: %w", h.engineAddress, err)
	}
	context.AfterFunc(ctx, func() { _ = connection.Close() })
	engine, stream := pulumirpc.NewEngineClient(connection), rand.Int32()
	return &engineWriter{ctx, engine, stream, pulumirpc.LogSeverity_INFO},
		&engineWriter{ctx, engine, stream, pulumirpc.LogSeverity_ERROR}, nil
}

type engineWriter struct {
	ctx      context.Context
	engine   pulumirpc.EngineClient
	stream   int32
	severity pulumirpc.LogSeverity
}

func (w *engineWriter) Write(text []byte) (int, error) {
	_, err := w.engine.Log(w.ctx, &pulumirpc.LogRequest{
		Message: strings.ToValidUTF8(string(text), "\uFFFD"), Ephemeral: true, StreamId: w.stream, Severity: w.severity,
	})
	if err != nil {
		return 0, err
	}
	return len(text), nil
}
