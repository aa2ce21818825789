"""The documents name all that people can rely on, and nothing that is not there."""

import importlib.util
import re
from collections import Counter
from collections.abc import Callable
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
from starlette.routing import Mount, Route

from benchmarks import readme, reference
from digitlab import __version__, home
from digitlab.data.augmentation import AMOUNTS
from digitlab.server.routes import routes
from digitlab.training.settings import SETTINGS
from tests.query_parameters import PAGES, parameters

DOCS = [
    home.ROOT / "README.md",
    home.ROOT / "README.zh-Hans.md",
    *sorted(path for path in (home.ROOT / "docs").glob("*.md") if path.name != "log.md"),
]
REFERENCE = readme.REFERENCE.read_text(encoding="utf-8")
ARCHITECTURE = (home.ROOT / "docs/architecture.md").read_text(encoding="utf-8")
COMMANDS = {name: reference.options(command) for name, _, command in reference.commands()}
NOT_ROOMS = {"__pycache__"}


@cache
def code(document: Path) -> list[str]:
    """The lines of code in a document: those of its blocks, and what stands between single backticks."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [line.replace(r"\|", "|") for line in [*(line for block in blocks for line in block.splitlines()), *spans]]


def everywhere(pattern: str) -> set[str]:
    """What a pattern finds in the code of all documents."""
    return {found for document in DOCS for line in code(document) for found in re.findall(pattern, line)}


def test_every_command_option_and_setting_is_in_the_reference() -> None:
    named = {span.split(" ")[0] for span in code(readme.REFERENCE)} | set(re.findall(r"--[a-z0-9-]+", REFERENCE))
    for command, options in COMMANDS.items():
        assert f"### `digitlab {command}`" in REFERENCE
        assert options - named == set()
    assert {*SETTINGS, *AMOUNTS} - named == set()


def test_every_command_and_option_in_the_documents_exists() -> None:
    lines = [line for document in DOCS for line in code(document)]
    said = [match for line in lines for match in re.finditer(r"(?:-m )?\bdigitlab ([a-z]+)\b(.*)", line)]
    assert {match[1] for match in said} - set(COMMANDS) == set()
    for match in said:
        assert set(re.findall(r"(?<!\S)--[a-z0-9-]+", match[2])) - COMMANDS[match[1]] == set()
    alone = {line.split(" ")[0] for line in lines if line.startswith("--")}
    assert alone - set.union({"--version"}, *COMMANDS.values()) == set()


def test_environment_variables() -> None:
    asked = set()
    for file in (home.ROOT / "digitlab").rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        asked |= set(re.findall(r"\"(DIGITLAB_\w+)\"", source))
    assert "DIGITLAB_HOME" in asked
    assert set(re.findall(r"^\| `(DIGITLAB_\w+)`", REFERENCE, re.MULTILINE)) == asked
    assert everywhere(r"DIGITLAB_[A-Z_]+") - asked == set()


def test_routes() -> None:
    (api,) = (route for route in routes() if isinstance(route, Mount))
    paths = [api.path + route.path for route in api.routes if isinstance(route, Route)]
    served = {re.sub(r":\w+}", "}", path) for path in paths}
    assert set(re.findall(r"^\| `(/api/[^`]+)`", REFERENCE, re.MULTILINE)) == served
    patterns = [re.sub(r"{\w+}", ".+", path) for path in served]
    for path in everywhere(r"/api/[^\s`?]+"):
        assert any(re.fullmatch(pattern, path) for pattern in patterns), path


def test_make_targets() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.+)$", (home.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"^\| `make ([\w-]+)`", REFERENCE, re.MULTILINE)) == set(phony.split())
    assert everywhere(r"^make ([\w-]+)") - set(phony.split()) == set()


def test_programs_and_files_in_the_documents_exist() -> None:
    for module in everywhere(r"python -m (benchmarks\.\w+|digitlab\.[\w.]+)"):
        assert importlib.util.find_spec(module) is not None, module
    for document in DOCS:
        for path in re.findall(
            r"\b(?:digitlab|pages|docs|tests|harness|benchmarks)/[\w/.-]*\w", "\n".join(code(document))
        ):
            assert (home.ROOT / path).exists(), f"{document.name}: {path}"


def rooms() -> set[str]:
    """Every folder of the package that holds code, data/nondigits and the pages' folders among them."""
    package = home.PACKAGE
    return {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.is_dir() and path.name not in NOT_ROOMS and any(file.is_file() for file in path.iterdir())
    }


def test_every_room_and_every_part_that_is_named_exists() -> None:
    table = re.findall(r"^\| `([\w/]+)/` \|(.*)\|$", ARCHITECTURE, re.MULTILINE)
    assert {room for room, _ in table} == rooms()
    for room, parts in table:
        for part in re.findall(r"`(\w+)`", parts):
            folder = home.PACKAGE / room
            assert any((folder / f"{part}{end}").exists() for end in ("", ".py", ".js")), f"{room}/{part}"


def test_every_entry_of_the_readmes_tree_exists() -> None:
    (tree,) = re.findall(r"^```\n(app\.py .*?)^```", DOCS[0].read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    folder = home.ROOT
    for line in tree.splitlines():
        inside = line.startswith("  ")
        for name in re.findall(r"^ *((?:[\w.-]+/? )*[\w.-]+/?)(?:  |$)", line)[0].split():
            assert ((folder if inside else home.ROOT) / name).exists(), name
            folder = folder if inside else home.ROOT / name
    named = set(re.findall(r"^  ((?:[\w.-]+/ )+)", tree, re.MULTILINE))
    assert {name.rstrip("/") for names in named for name in names.split()} == {
        room for room in rooms() if "/" not in room
    }


def test_the_parameters_of_every_page() -> None:
    rows = re.findall(r"^\| ((?:`/\w*`(?:, )?)+) \| `(\w+)` \|", REFERENCE, re.MULTILINE)
    written = {(page, name) for pages, name in rows for page in re.findall(r"`(/\w*)`", pages)}
    written |= {("/train", name) for name in SETTINGS}
    used = list(parameters())

    def same(documented: tuple[str, str], one: tuple[str, str, str]) -> bool:
        return one[0] in ("", documented[0]) and fnmatch(documented[1], one[1])

    assert {page for page, _ in written} == set(PAGES.values())
    assert [one for one in used if not any(same(documented, one) for documented in written)] == []
    assert [documented for documented in written if not any(same(documented, one) for one in used)] == []


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_links_between_the_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
        if not re.match(r"https?://", target):
            assert (document.parent / target).exists(), target


def test_the_changelog_has_this_version() -> None:
    changes = (home.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## \[([^\]]+)\](?: - \d{4}-\d\d-\d\d)?$", changes, re.MULTILINE)
    assert sections[:2] == ["Unreleased", __version__]
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", changes, re.MULTILINE)) <= kinds


def outline(text: str) -> list[int]:
    """The levels of the headings, outside of code."""
    return [len(marks) for marks in re.findall(r"^(#+) ", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)]


def commands_to_type(text: str) -> Counter[str]:
    """What a reader types: lines of shell without their comments, and commands within the text."""
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S))
    spans = re.findall(r"`((?:python|make|pip|apt-get) [^`]+)`", text)
    lines = [line.split("  #")[0] for line in blocks.splitlines()] + spans
    return Counter(" ".join(line.split()) for line in lines)


def figures(text: str) -> Counter[str]:
    """Every number that a reader sees."""
    seen = re.sub(r"\]\([^)]*\)", "]", text)
    return Counter(re.findall(r"\d+(?:[.,]\d+)*", seen))


@pytest.mark.parametrize("same", [outline, commands_to_type, figures])
def test_the_chinese_readme_is_in_step(same: Callable[[str], object]) -> None:
    english, chinese = ((home.ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-Hans.md"))
    assert same(english) == same(chinese)


def test_the_readmes_lead_to_each_other() -> None:
    for name, other in (("README.md", "README.zh-Hans.md"), ("README.zh-Hans.md", "README.md")):
        assert f"]({other})" in "\n".join((home.ROOT / name).read_text(encoding="utf-8").splitlines()[:5])
