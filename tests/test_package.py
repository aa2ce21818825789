"""What the package declares: everything imported, ranges that the pins satisfy, and a lock that belongs to the pins."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from digitlab import home

OURS = {"benchmarks", "digitlab", "harness", "tests"}
PROJECT = tomllib.loads((home.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ("3.11", "3.12", "3.13")


def requirements(file: str) -> dict[str, Requirement]:
    """The lines of a requirements file by their packages' names; the files that it includes are left out."""
    lines = (line.split("#")[0].strip() for line in (home.ROOT / file).read_text(encoding="utf-8").splitlines())
    read = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(line.name): line for line in read}


def version(pinned: Requirement) -> str:
    match list(pinned.specifier):
        case [only] if only.operator == "==" and "*" not in only.version:
            return only.version
    raise AssertionError(f"{pinned} is not pinned exactly")


@cache
def distributions() -> dict[str, list[str]]:
    """The packages that bring a module, by its top-level name."""
    found = metadata.packages_distributions()
    return {name: [canonicalize_name(one) for one in packages] for name, packages in found.items()}


def imported(folders: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each import of another project's package: the file, and the package's top-level name."""
    for folder in folders:
        path = home.ROOT / folder
        for file in [path] if path.suffix == ".py" else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                    names = [node.module]
                for name in (name.split(".")[0] for name in names):
                    if name not in sys.stdlib_module_names and name not in OURS:
                        yield str(file.relative_to(home.ROOT)), name


EXTRAS = {
    canonicalize_name(Requirement(line).name) for lines in PROJECT["optional-dependencies"].values() for line in lines
}
DECLARED = {canonicalize_name(line.name): line for line in map(Requirement, PROJECT["dependencies"])}
PINNED = requirements("requirements.txt")
FOR_TESTS = requirements("requirements-dev.txt")


@pytest.mark.parametrize(
    ("folders", "declared"),
    [
        (("digitlab", "pages", "app.py"), {*DECLARED, *EXTRAS}),
        (("tests", "benchmarks", "harness"), {*DECLARED, *FOR_TESTS}),
    ],
)
def test_whatever_is_imported_is_declared(folders: tuple[str, ...], declared: set[str]) -> None:
    found = list(imported(folders))
    assert found
    assert [(file, name) for file, name in found if not declared & set(distributions().get(name, []))] == []


def test_each_dependency_is_a_range_that_its_pin_satisfies() -> None:
    assert set(PINNED) == set(DECLARED)
    for name, range_ in DECLARED.items():
        assert "==" not in str(range_.specifier)
        assert range_.specifier.contains(version(PINNED[name])), f"{range_} leaves out {PINNED[name]}"
        assert range_.marker == PINNED[name].marker


def test_the_lock_has_every_pin_and_nothing_but_exact_versions() -> None:
    locked = requirements("constraints.txt")
    for name, line in (PINNED | FOR_TESTS).items():
        assert version(locked[name]) == version(line)
    assert all(version(line) for line in locked.values())
    assert not re.search(r"://|file:|^ *-", (home.ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_lock_covers_all_that_is_needed_in_turn() -> None:
    """What this environment's packages ask for, with the extras that were asked for, is all in the lock."""
    locked = requirements("constraints.txt")
    waiting = [(name, frozenset(line.extras)) for name, line in (PINNED | FOR_TESTS).items()]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        for text in metadata.requires(name) or []:
            line = Requirement(text)
            if line.marker and not any(line.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                continue
            needed = (canonicalize_name(line.name), frozenset(line.extras))
            assert needed[0] in locked, f"{name} needs {line}; make the lock again (see constraints.txt)"
            assert line.specifier.contains(version(locked[needed[0]])), f"{name} needs {line}"
            if needed not in seen:
                seen.add(needed)
                waiting.append(needed)


def test_the_pythons_are_those_of_the_readme() -> None:
    promised = SpecifierSet(PROJECT["requires-python"])
    assert [text for text in ("3.10", *PYTHONS, "3.14") if f"{text}.0" in promised] == list(PYTHONS)
    assert f"({PYTHONS[0]} to {PYTHONS[-1]})" in Path(home.ROOT / "README.md").read_text(encoding="utf-8")
