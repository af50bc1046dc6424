"""Stack files as people write them, and what the Pulumi engine reads in them."""

from hypothesis import strategies as st

from llama_azure_core.settings import SettingsError, parse_settings
from llama_azure_core.settings.stack_text import StackTextError, read_stack_text

VALID = """\
config:
  azure-native:location: eastus2
  llama-azure:asOf: 2024-07-01
  llama-azure:resourceGroup: rg-llama
  llama-azure:hub: { name: hub-llama }
"""

SCALARS = """\
config:
  llama-azure:date: 2024-07-01
  llama-azure:noDate: 2024-02-30
  llama-azure:time: 22:30
  llama-azure:word: on
  llama-azure:yes: Yes
  llama-azure:truth: TRUE
  llama-azure:octal: 0451
  llama-azure:eight: 08
  llama-azure:exponent: 1e3
  llama-azure:underscore: 1_000
  llama-azure:large: 123456789012345678901234567890
  llama-azure:real: 1.50
  llama-azure:nothing: ~
  llama-azure:empty:
  llama-azure:brace: "{rg}"
  llama-azure:hexadecimal: 0x1F
  llama-azure:tagged: !!str 5
  bare: a key of the project
  llama-azure:inside:
    date: 2024-07-01
    noDate: 2024-02-30
    moment: 2024-07-01 10:00:00
    hour: 2024-07-01 25:00:00
    time: 22:30
    word: on
    octal: 0451
    eight: 08
    exponent: 1e3
    signed: +5
    nothing: ~
    huge: 0.1e400
    truth: true
    list: [1, a, on, 2024-07-01]
    merged: { <<: { a: 1, b: 2 }, b: 3 }
"""
"""Every kind of scalar, at the top and inside: YAML's versions disagree about many of them."""

UNREADABLE = {
    "a key that is a number": ("config:\n  1: x\n", "line 2"),
    "a key in three parts": ("config:\n  llama-azure:a:b: x\n", "line 2"),
    "a key that is a list": ("config:\n  [a]: x\n", "line 2"),
    "an anchor in itself": ("config:\n  llama-azure:a: &a { x: *a }\n", "stands for itself"),
    "an anchor that is not there": ("config:\n  llama-azure:a: *a\n", "is not defined"),
    "a key that stands twice": ("config:\n  llama-azure:a: 1\n  llama-azure:a: 2\n", "stands twice"),
    "a number without an end": ("config:\n  llama-azure:a: { x: .inf }\n", "is not a number"),
    "brackets that stay open": ("config:\n  llama-azure:a: [\n", "cannot be read as YAML"),
    "a control character": ("config:\n  llama-azure:a: \x00\n", "cannot be read as YAML"),
    "a list for a configuration": ("config: [1]\n", "config is not a mapping"),
    "a list for a file": ("- 1\n", "is not a mapping"),
}
"""What neither the engine nor anybody else reads, and what the message says."""

_LEVELS = "".join(f"  llama-azure:a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
BOUNDLESS = {
    "a bomb of anchors": f"config:\n  llama-azure:a0: &a0 [{','.join('x' * 10)}]\n{_LEVELS}",
    "brackets in brackets": "config:\n  llama-azure:a: " + "[" * 20_000,
    "mappings in mappings": "config:\n  llama-azure:a: " + "{a: " * 2_000,
    "more than a file could hold": "config:\n  llama-azure:a: " + "x" * 2_000_000,
}
"""What is refused for its size, before it costs anything."""

_NAME = "stacks/Pulumi.any.yaml"
_PIECES = st.sampled_from([*SCALARS.splitlines(), *VALID.splitlines(), "  - &a [*a]", "{", "}", "?", "!!", "---", "\t"])


def any_text() -> st.SearchStrategy[str]:
    """Return texts that look like a stack's file, or not even that; half of them begin well."""
    texts = st.text(max_size=200) | st.lists(_PIECES | st.text(max_size=20), max_size=25).map("\n".join)
    return texts | texts.map(VALID.__add__)


def assert_it_is_read_or_refused(text: str) -> None:
    """Read a text as a stack's file; it ends in settings, or in a sentence that names the file."""
    try:
        found = read_stack_text(text, _NAME, "llama-azure")
        parse_settings(found.config, found)
    except (StackTextError, SettingsError) as error:
        assert _NAME in str(error)  # noqa: PT017 - either is right
