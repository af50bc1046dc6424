package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/blang/semver"
	"github.com/hashicorp/hcl/v2"
	"github.com/pulumi/pulumi/pkg/v3/codegen/hcl2/syntax"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// GeneratePackage writes a Python SDK for a package's schema, as `pulumi package add` asks for.
func (h *host) GeneratePackage(
	_ context.Context, req *pulumirpc.GeneratePackageRequest,
) (*pulumirpc.GeneratePackageResponse, error) {
	client, err := schema.NewLoaderClient(req.LoaderTarget)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()
	loader := schema.NewCachedLoader(client)

	var spec schema.PackageSpec
	if err := json.Unmarshal([]byte(req.Schema), &spec); err != nil {
		return nil, fmt.Errorf("read the package's schema: %w", err)
	}
	bound, found, err := schema.BindSpec(spec, loader, schema.ValidationOptions{AllowDanglingReferences: true})
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GeneratePackageResponse{Diagnostics: plugin.HclDiagnosticsToRPCDiagnostics(found)}
	if found.HasErrors() {
		return response, nil
	}
	files, err := python.GeneratePackage("pulumi-language-python", bound, req.ExtraFiles, loader)
	if err != nil {
		return nil, err
	}
	for name, content := range files {
		path := filepath.Join(req.Directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// GenerateProgram translates a program of Pulumi's own notation to Python, as `pulumi import` asks for.
func (h *host) GenerateProgram(
	_ context.Context, req *pulumirpc.GenerateProgramRequest,
) (*pulumirpc.GenerateProgramResponse, error) {
	client, err := schema.NewLoaderClient(req.LoaderTarget)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()

	parser := syntax.NewParser()
	for path, content := range req.Source {
		if err := parser.ParseFile(strings.NewReader(content), path); err != nil {
			return nil, err
		}
	}
	if parser.Diagnostics.HasErrors() {
		return nil, parser.Diagnostics
	}
	options := []pcl.BindOption{pcl.PreferOutputVersionedInvokes}
	if !req.Strict {
		options = append(options, pcl.NonStrictBindOptions()...)
	}
	program, found, err := pcl.BindProgram(parser.Files, schema.NewCachedLoader(client), options...)
	if err != nil {
		return nil, err
	}
	if found.HasErrors() {
		return &pulumirpc.GenerateProgramResponse{Diagnostics: plugin.HclDiagnosticsToRPCDiagnostics(found)}, nil
	}
	if program == nil {
		return nil, errors.New("the program to translate is empty")
	}
	source, more, err := python.GenerateProgram(program)
	if err != nil {
		return nil, err
	}
	all := append(append(hcl.Diagnostics{}, found...), more...)
	return &pulumirpc.GenerateProgramResponse{
		Source:      source,
		Diagnostics: plugin.HclDiagnosticsToRPCDiagnostics(all),
	}, nil
}

// Link makes generated SDKs dependencies of a program, and tells how to import them.
func (h *host) Link(ctx context.Context, req *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	client, err := schema.NewLoaderClient(req.LoaderTarget)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Close() }()
	loader := schema.NewCachedLoader(client)

	paths, imports := map[string]string{}, ""
	for _, dependency := range req.Packages {
		if dependency.Package.Name == "pulumi" {
			paths["pulumi"] = dependency.Path
			continue
		}
		distribution, module, err := pythonNames(ctx, loader, dependency.Package)
		if err != nil {
			return nil, err
		}
		paths[distribution] = dependency.Path
		imports += fmt.Sprintf("  import %s as %s\n", distribution, module)
	}
	options, err := linkingOptions(req.Info)
	if err != nil {
		return nil, err
	}
	tools, err := toolchain.ResolveToolchain(options)
	if err != nil {
		return nil, err
	}
	if err := tools.LinkPackages(ctx, paths); err != nil {
		return nil, fmt.Errorf("make the generated SDK a dependency of the program: %w", err)
	}
	what := "SDK"
	if len(req.Packages) > 1 {
		what = "SDKs"
	}
	return &pulumirpc.LinkResponse{
		ImportInstructions: fmt.Sprintf("You can import the %s in your Python code with:\n\n%s", what, imports),
	}, nil
}

// pythonNames are the name that a package's SDK is installed by and the one it is used by in a program.
func pythonNames(
	ctx context.Context, loader schema.ReferenceLoader, wanted *pulumirpc.PackageDependency,
) (distribution, module string, err error) {
	descriptor := &schema.PackageDescriptor{
		Name: wanted.Name, Version: versionOrNone(wanted.Version), DownloadURL: wanted.Server,
	}
	if p := wanted.Parameterization; p != nil {
		descriptor.Parameterization = &schema.ParameterizationDescriptor{Name: p.Name, Value: p.Value}
		if version := versionOrNone(p.Version); version != nil {
			descriptor.Parameterization.Version = *version
		}
	}
	reference, err := schema.LoadPackageReferenceV2(ctx, loader, descriptor)
	if err != nil {
		return "", "", err
	}
	definition, err := reference.Definition()
	if err != nil {
		return "", "", err
	}
	if err := definition.ImportLanguages(map[string]schema.Language{"python": python.Importer}); err != nil {
		return "", "", err
	}
	if info, ok := definition.Language["python"].(python.PackageInfo); ok && info.PackageName != "" {
		return info.PackageName, info.PackageName, nil
	}
	module = strings.ReplaceAll(reference.Name(), "-", "_")
	return python.PyPack(reference.Namespace(), reference.Name()), module, nil
}

func versionOrNone(text string) *semver.Version {
	version, err := semver.New(text)
	if err != nil {
		return nil
	}
	return version
}

// linkingOptions treats a program of uv or poetry as one of pip as long as it has a requirements.txt and no
// pyproject.toml: `pulumi install` converts the one to the other.
func linkingOptions(info *pulumirpc.ProgramInfo) (toolchain.PythonOptions, error) {
	options, err := optionsOf(info, false)
	if err != nil || options.Toolchain == toolchain.Pip || isFile(info.ProgramDirectory, "pyproject.toml") {
		return options, err
	}
	if !isFile(info.ProgramDirectory, "requirements.txt") {
		return options, fmt.Errorf("no pyproject.toml or requirements.txt found in %s", info.ProgramDirectory)
	}
	options.Toolchain = toolchain.Pip
	return options, nil
}

func isFile(folder, name string) bool {
	info, err := os.Stat(filepath.Join(folder, name))
	return err == nil && !info.IsDir()
}
