"""``python -m llama_azure_sandbox.engine``: find or provide the Pulumi CLI, and say which one serves."""

import signal
import sys

from llama_azure_sandbox.engine.find import EngineError
from llama_azure_sandbox.engine.provide import provide_engine


def main() -> int:
    """Provide an engine; return the exit code."""
    # Whoever ends this, a cancelled job say, ends the build with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        engine = provide_engine(lambda line: print(line, flush=True))
    except EngineError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("engine: stopped; nothing was changed", file=sys.stderr)
        return 130
    print(f"engine: Pulumi {engine.version}, {engine.origin} ({engine.folder})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
