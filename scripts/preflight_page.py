"""Write the table of preflight's checks into docs/preflight.md (``make preflight-page``)."""

from pathlib import Path

from llama_azure_preflight.checks import CHECKS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "preflight.md"

_BEGIN = "<!-- checks: `make preflight-page` writes what follows -->\n"
_END = "<!-- end of the checks -->\n"


def page(text: str) -> str:
    """Return the page with the table of the checks that there are."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    cells = (
        [one.id, *(text.replace("|", "\\|").replace("<", "&lt;") for text in (one.title, one.asks, one.remedy))]
        for one in CHECKS
    )
    rows = "".join(f"| {' | '.join(row)} |\n" for row in cells)
    table = f"| check | title | what is asked | remedy |\n|---|---|---|---|\n{rows}"
    return f"{before}{_BEGIN}{table}{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
