"""Every example in one program: each declares its resources when it is imported, after those that it builds on."""

from importlib import import_module
from pathlib import Path

for example in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    import_module(example.stem)
