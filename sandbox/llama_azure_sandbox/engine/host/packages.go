package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// withoutPlugin are packages of Pulumi's that carry no pulumi-plugin.json to say that no plugin belongs to them.
var withoutPlugin = map[string]bool{"pulumi-policy": true, "pulumi-esc-sdk": true}

// locateScript prints, as JSON, where the packages it is given keep their pulumi-plugin.json.
const locateScript = `
import json, sys
from importlib.metadata import metadata
from importlib.util import find_spec
from pathlib import Path

def description(package):
    try:
        spec = find_spec(metadata(package)["Name"].replace("-", "_"))
        folders = (spec and spec.submodule_search_locations) or []
        files = [Path(folder, "pulumi-plugin.json") for folder in folders]
        return next((str(file) for file in files if file.is_file()), None)
    except Exception:
        return None

found = {package: description(package) for package in sys.argv[1:]}
print(json.dumps({package: file for package, file in found.items() if file}))
`

// requiredPackages are the plugins that belong to the Python packages of an environment.
func requiredPackages(ctx context.Context, tools toolchain.Toolchain) ([]*pulumirpc.PackageDependency, error) {
	installed, err := tools.ListPackages(ctx, true /* transitive */)
	if err != nil {
		return nil, err
	}
	descriptions, err := pluginDescriptions(ctx, tools, installed)
	if err != nil {
		return nil, err
	}
	var required []*pulumirpc.PackageDependency
	for _, p := range installed {
		description := descriptions[p.Name]
		isPulumis := strings.HasPrefix(p.Name, "pulumi-") && !withoutPlugin[p.Name]
		if description == nil && isPulumis {
			description = &plugin.PulumiPluginJSON{Resource: true}
		}
		if description == nil || !description.Resource {
			continue
		}
		if dependency := pluginOf(p, description); dependency != nil {
			required = append(required, dependency)
		}
	}
	return required, nil
}

// pluginDescriptions reads the pulumi-plugin.json of each package that has one. Packages that cannot be looked at
// have none, as with the official host.
func pluginDescriptions(
	ctx context.Context, tools toolchain.Toolchain, installed []plugin.DependencyInfo,
) (map[string]*plugin.PulumiPluginJSON, error) {
	args := []string{"-c", locateScript}
	for _, p := range installed {
		args = append(args, p.Name)
	}
	command, err := tools.Command(ctx, args...)
	if err != nil {
		return nil, nil
	}
	output, err := command.Output()
	if err != nil {
		return nil, nil
	}
	var files map[string]string
	if err := json.Unmarshal(output, &files); err != nil {
		return nil, fmt.Errorf("read where the packages keep their pulumi-plugin.json: %w", err)
	}
	descriptions := map[string]*plugin.PulumiPluginJSON{}
	for name, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		description := &plugin.PulumiPluginJSON{}
		if err := json.Unmarshal(content, description); err != nil {
			return nil, fmt.Errorf("read the pulumi-plugin.json of %s: %w", name, err)
		}
		descriptions[name] = description
	}
	return descriptions, nil
}

// pluginOf is the plugin that a package asks for; nil where its version cannot be told from the package's.
func pluginOf(p plugin.DependencyInfo, description *plugin.PulumiPluginJSON) *pulumirpc.PackageDependency {
	name, version := description.Name, description.Version
	if name == "" {
		name = strings.TrimPrefix(p.Name, "pulumi-")
	}
	if version == "" {
		version = semanticVersion(p.Version)
	}
	if version == "" {
		return nil
	}
	return &pulumirpc.PackageDependency{
		Name:             name,
		Version:          "v" + strings.TrimPrefix(version, "v"),
		Kind:             "resource",
		Server:           description.Server,
		Parameterization: parameterization(description.Parameterization),
		Extension:        parameterization(description.ExtensionParameterization),
	}
}

func parameterization(p *plugin.PulumiParameterizationJSON) *pulumirpc.PackageParameterization {
	if p == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: p.Name, Version: p.Version, Value: p.Value}
}

var pythonVersion = regexp.MustCompile(`^(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?$`)

// semanticVersion spells a Python package's version as its plugin's is spelled; empty if there is no such spelling.
func semanticVersion(version string) string {
	parts := pythonVersion.FindStringSubmatch(version)
	if parts == nil {
		return ""
	}
	spelled := parts[1]
	for missing := 2 - strings.Count(spelled, "."); missing > 0; missing-- {
		spelled += ".0"
	}
	if parts[2] != "" {
		stage := map[string]string{"a": "alpha", "b": "beta", "rc": "rc"}[parts[2]]
		spelled += "-" + stage + "." + parts[3]
	}
	build := ""
	if parts[4] != "" {
		build += "post" + parts[4]
	}
	if parts[5] != "" {
		build += "dev" + parts[5]
	}
	if build != "" {
		spelled += "+" + build
	}
	return spelled
}
