"""Looking for secrets where none may lie in clear."""

from llama_azure_sandbox.home import SandboxHome


def files_below(home: SandboxHome) -> str:
    """Return what lies in the engine's state and home and in the server's log, as text."""
    folders = [home.pulumi_state, home.pulumi_home]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in [*paths, home.log])
