// generate SCHEMA FOLDER writes the SDKs of a package, for Go and for Node.js, as `pulumi package add` does with its
// language hosts: the code generators are the same, those of the engine's own module.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(path, folder string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(content, &spec); err != nil {
		return err
	}
	// The package refers to no other: nothing is ever loaded.
	loader := schema.NewPluginLoader(nil)
	bound, diagnostics, err := schema.BindSpec(spec, loader, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if len(diagnostics) != 0 {
		return errors.New(diagnostics.Error())
	}
	goFiles, err := golang.GeneratePackage("pulumi", bound, nil)
	if err != nil {
		return err
	}
	nodeFiles, err := nodejs.GeneratePackage("pulumi", bound, nil, nil, true, loader)
	if err != nil {
		return err
	}
	for language, files := range map[string]map[string][]byte{"go": goFiles, "nodejs": nodeFiles} {
		for name, text := range files {
			target := filepath.Join(folder, language, name)
			if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(target, text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
