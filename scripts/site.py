"""``python -m scripts.site FOLDER``: lay out the pages of the site for Zensical, which makes HTML of them.

The site is docs/, with the README files of the folders that have one of their own. Links are checked here, those out of
docs/ too: what the site has not goes to the repository. Pages are grouped; one that no group names is a guide.
"""

import json
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath, relpath
from typing import Any
from urllib.parse import unquote

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Homepage"]
BRANCH = "main"

ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "examples/clients/README.md": "clients.md",
    "sandbox/README.md": "sandbox.md",
    "stacks/README.md": "stacks.md",
}
"""Pages of the site that lie outside of docs/, by their paths in the repository."""
START = ["index.md", "start.md", "settings.md", "stacks.md", "command.md", "page.md", "clients.md", "sandbox.md"]
RUNBOOK = [
    "runbook.md",
    "pipelines.md",
    "split.md",
    "limits.md",
    "capacity.md",
    "cost.md",
    "gateway.md",
    "live.md",
    "soak.md",
    "compatibility.md",
    "judged.md",
    "reports.md",
]
CHECKS = ["preflight.md"]
RULES = ["guardrails.md", "write-a-rule.md"]
PROJECT_PAGES = ["contributing.md", "security.md", "changelog.md"]

_LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
_FENCE = re.compile(r"^\s*(```|~~~)")
_SETTINGS: dict[str, Any] = {
    "site_name": "Llama on Azure, as code",
    "site_description": PROJECT["description"],
    "docs_dir": "source",
    "site_dir": "html",
    "use_directory_urls": True,
    "extra_css": ["site.css"],
}
_THEME: dict[str, Any] = {
    "logo": "logo.svg",
    "favicon": "logo.svg",
    # Whoever reads asks nobody but the site: no fonts of others, and no repository, whose stars a page would ask for.
    "font": False,
    "features": [
        "content.code.copy",
        "navigation.footer",
        "navigation.indexes",
        "navigation.sections",
        "navigation.tabs",
        "navigation.top",
        "search.highlight",
        "toc.follow",
    ],
    "palette": [
        {
            "media": "(prefers-color-scheme: light)",
            "scheme": "default",
            "toggle": {"icon": "lucide/sun", "name": "Dark"},
        },
        {
            "media": "(prefers-color-scheme: dark)",
            "scheme": "slate",
            "toggle": {"icon": "lucide/moon", "name": "Light"},
        },
    ],
}


class SiteError(Exception):
    """The site cannot be made; the message names file, line and link."""


def pages(root: Path = ROOT) -> dict[str, str]:
    """Return the site's pages: by path in the repository the path in the site."""
    found = {}
    for path in sorted((root / "docs").rglob("*.md")):
        place = path.relative_to(root / "docs")
        name = place.with_name("index.md") if place.name == "README.md" else place
        found[f"docs/{place.as_posix()}"] = name.as_posix()
    return found | ELSEWHERE


def rewritten(text: str, path: str, known: Mapping[str, str], root: Path = ROOT) -> str:
    """Return a page with its links as they are in the site.

    Args:
        text: the page.
        path: its path in the repository.
        known: what :func:`pages` returns.
        root: the repository.

    Raises:
        SiteError: a link leads to nothing.
    """
    lines, in_code = [], False
    for number, written in enumerate(text.splitlines(keepends=True), 1):
        line = written
        if _FENCE.match(line):
            in_code = not in_code
        if not in_code:
            for target in dict.fromkeys(_LINK.findall(line)):
                link = _link(target, path, f"{path}:{number}", known, root)
                line = line.replace(f"]({target})", f"]({link})")
        lines.append(line)
    return "".join(lines)


def _link(target: str, path: str, where: str, known: Mapping[str, str], root: Path) -> str:
    if re.match(r"[a-z]+:", target) or target.startswith("#"):
        return target
    file, mark, anchor = target.partition("#")
    meant = normpath(f"{Path(path).parent.as_posix()}/{unquote(file)}")
    if (root / meant).is_dir() and f"{meant}/README.md" in known:
        meant = f"{meant}/README.md"
    if meant in known:
        here = Path(known[path]).parent.as_posix()
        return f"{relpath(known[meant], here)}{mark}{anchor}"
    if meant.startswith("docs/") and (root / meant).is_file():
        return target
    if not (root / meant).exists():
        raise SiteError(f"{where}: the link {target} leads to nothing")
    return f"{REPOSITORY}/{'tree' if (root / meant).is_dir() else 'blob'}/{BRANCH}/{meant}{mark}{anchor}"


def navigation(titles: Mapping[str, str], index_of_rules: str) -> list[dict[str, Any]]:
    """Return the site's navigation.

    Args:
        titles: of every page by its path in the site.
        index_of_rules: the page that lists the rules by their areas.
    """
    named = {*START, *RUNBOOK, *CHECKS, *RULES, *PROJECT_PAGES}
    guides = [page for page in titles if "/" not in page and page not in named]

    def of(folder: str) -> list[Any]:
        return [f"{folder}/index.md", *(_entry(page, titles) for page in titles if _is_in(page, folder))]

    return [
        {"Start": [page if page == "index.md" else _entry(page, titles) for page in START if page in titles]},
        {"Guides": [_entry(page, titles) for page in guides]},
        {"Components": of("components")},
        {"Rules": [*(_entry(page, titles) for page in RULES), {"All rules": _areas(index_of_rules, titles)}]},
        {"Checks": [_entry(page, titles) for page in CHECKS]},
        {"Runbook": [_entry(page, titles) for page in RUNBOOK if page in titles]},
        {"Decisions": of("adr")},
        {"Project": [_entry(page, titles) for page in PROJECT_PAGES]},
    ]


def _is_in(page: str, folder: str) -> bool:
    return page.startswith(f"{folder}/") and page != f"{folder}/index.md"


def _entry(page: str, titles: Mapping[str, str]) -> dict[str, str]:
    return {titles[page]: page}


def _areas(index: str, titles: Mapping[str, str]) -> list[Any]:
    """Return the rules' pages below the headings of their index."""
    areas: list[Any] = ["rules/index.md"]
    for part in re.split(r"^## ", index, flags=re.MULTILINE)[1:]:
        area = part.splitlines()[0].strip()
        rules = [f"rules/{name}" for name in re.findall(r"^\| \[[\w-]+\]\(([\w-]+\.md)\)", part, re.MULTILINE)]
        areas.append({area: [_entry(page, titles) for page in rules]})
    return areas


def title_of(text: str, path: str) -> str:
    """Return a page's title.

    Raises:
        SiteError: it has none.
    """
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    if found is None:
        raise SiteError(f"{path}: a page begins with its title, as in `# Limits`")
    return re.sub(r"[`*]", "", found[1]).strip()


def lay_out(folder: Path) -> None:
    """Write the site's pages, its files and its configuration into a folder, which it empties before.

    Raises:
        SiteError: a link leads to nothing, or a page has no title.
    """
    shutil.rmtree(folder, ignore_errors=True)
    source = folder / "source"
    known = pages()
    titles = {}
    for path, place in known.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        titles[place] = title_of(text, path)
        (source / place).parent.mkdir(parents=True, exist_ok=True)
        (source / place).write_text(rewritten(text, path, known), encoding="utf-8")
    for file in (ROOT / "docs").rglob("*"):
        if file.is_file() and file.suffix != ".md":
            copy = source / file.relative_to(ROOT / "docs")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
    rules = (ROOT / "docs" / "rules" / "README.md").read_text(encoding="utf-8")
    (folder / "zensical.toml").write_text("".join(_configuration(navigation(titles, rules))), encoding="utf-8")


def _configuration(nav: list[dict[str, Any]]) -> Iterator[str]:
    yield "[project]\n"
    for name, value in {**_SETTINGS, "nav": nav}.items():
        yield f"{name} = {_toml(value)}\n"
    yield "[project.theme]\n"
    for name, value in _THEME.items():
        yield f"{name} = {_toml(value)}\n"


def _toml(value: Any) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(name)} = {_toml(one)}' for name, one in value.items())}}}"
    return json.dumps(value)


def main() -> int:
    """Lay the site out."""
    try:
        lay_out(Path(sys.argv[1]))
    except SiteError as error:
        print(f"site: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
