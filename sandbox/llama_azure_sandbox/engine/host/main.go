// Command pulumi-language-python is the Python language host of the sandbox's engine.
//
// The official distribution of the Pulumi CLI ships a host of the same name; its
// module is not published, so an engine built from Go modules needs this one. It
// answers the LanguageRuntime protocol as the official one does, but for debuggers,
// `pulumi new`, `pulumi convert` and packing SDKs, which it does not offer. Virtual
// environments, uv and poetry are the Pulumi SDK's own business (its toolchain
// package), so that what is amiss with an environment fails here as it fails there;
// programs run under the SDK's own executor script.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

const (
	// executorName is the script of the Pulumi SDK that runs a program; it lies beside this binary.
	executorName = "pulumi-language-python-exec"
	// engineHealthInterval is how often the host asks whether its engine still lives.
	engineHealthInterval = 30 * time.Second
)

func main() {
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.String("tracing", "", "accepted for compatibility; tracing is not emitted")
	flag.Parse()
	if *showVersion {
		fmt.Println(version.Version)
		return
	}
	if err := serve(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-python:", err)
		os.Exit(1)
	}
}

// serve answers the engine at engineAddress until it goes away or the process is interrupted.
func serve(engineAddress string) error {
	executor, err := findExecutor()
	if err != nil {
		return err
	}

	// An interrupt reaches the whole process group: the engine decides when to stop, quietly.
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if engineAddress != "" {
		if err := rpcutil.Healthcheck(ctx, engineAddress, engineHealthInterval, cancel); err != nil {
			return fmt.Errorf("watch the engine at %s: %w", engineAddress, err)
		}
	}
	stop := make(chan bool)
	context.AfterFunc(ctx, func() { close(stop) })

	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, newHost(executor, engineAddress))
			return nil
		},
		Options: rpcutil.TracingServerInterceptorOptions(nil),
	})
	if err != nil {
		return fmt.Errorf("serve the language runtime: %w", err)
	}
	fmt.Println(handle.Port) // the engine reads the port from standard output
	return <-handle.Done
}

func findExecutor() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program's own path: %w", err)
	}
	executor := filepath.Join(filepath.Dir(self), executorName)
	if _, err := os.Stat(executor); err != nil {
		return "", fmt.Errorf("the program executor is missing: %w", err)
	}
	return executor, nil
}
