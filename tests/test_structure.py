"""The structure that docs/architecture.md promises: imports go down, nothing is there for tests alone."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitlab import home

# From low to high; a room may import its own and those before it. Rooms of one line stand side by side.
ORDER: tuple[tuple[str, ...], ...] = (
    ("__init__", "words", "errors", "clock", "home", "colours", "files", "kept", "log_lines", "plain_data"),
    ("backend",),
    ("blobs",),
    ("drawing",),
    ("data",),
    ("networks",),
    ("training",),
    ("store",),
    ("jobs",),
    ("search", "insight"),
    ("runs",),
    ("lessons",),
    ("work",),
    ("server",),
    ("ui", "cli"),
    ("pages", "app", "__main__"),
)
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
PACKAGE = sorted(home.PACKAGE.rglob("*.py"))
SOURCES = [*PACKAGE, *(home.ROOT / "pages").glob("*.py"), home.ROOT / "app.py"]
BENCHMARKS = list((home.ROOT / "benchmarks").rglob("*.py"))
# What is started by its name: the app and its frame, the command, a worker's process, Alembic's environment.
STARTS = [
    home.ROOT / "app.py",
    *(home.ROOT / "pages").glob("*.py"),
    home.PACKAGE / "ui" / "shell.py",
    home.PACKAGE / "__main__.py",
    home.PACKAGE / "work" / "worker.py",
    home.PACKAGE / "store" / "migrations" / "env.py",
    *(home.PACKAGE / "store" / "migrations" / "versions").glob("*.py"),
]
# Called by name from elsewhere: Alembic's environment and revisions, Streamlit's and Python's own protocols.
CALLED_BY_OTHERS = {"upgrade", "downgrade", "revision", "down_revision", "branch_labels", "depends_on", "app", "main"}
CALLED_BY_OTHERS |= {"format_field", "process_bind_param", "process_result_value"}  # string's and SQLAlchemy's
CALLED_BY_OTHERS |= {"collect"}  # Prometheus'


def room(file: Path) -> str:
    """Which room of ORDER a source file is in."""
    if file.is_relative_to(home.PACKAGE):
        first = file.relative_to(home.PACKAGE).parts[0]
        return first.removesuffix(".py")
    return "pages" if file.parent.name == "pages" else "app"


def imported(file: Path, *, for_types: bool = True) -> Iterator[tuple[str, int]]:
    """The modules that a file imports, wherever in it, with the line; `for_types`: also where only types need them."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    if not for_types:
        tree.body = [
            node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in named(node.test))
        ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(home.ROOT)))
def test_imports_go_down(file: Path) -> None:
    mine = RANK[room(file)]
    for name, line in imported(file):
        parts = name.split(".")
        if parts[0] != "digitlab" or len(parts) < 2:
            continue
        theirs = parts[1] if parts[1] in RANK else "__init__"
        beside = RANK[theirs] == mine and theirs != room(file) and len(ORDER[mine]) > 1 and mine > 1
        assert RANK[theirs] <= mine, f"line {line} imports {name} upwards"
        assert not beside, f"line {line} imports {name}, a room beside this one"


def test_only_pages_and_ui_import_streamlit() -> None:
    found = {room(file) for file in SOURCES for name, _ in imported(file) if name.split(".")[0].startswith("streamlit")}
    assert found <= {"ui", "pages", "app"}


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(home.ROOT)))
def test_what_takes_seconds_is_imported_in_one_place_and_late(file: Path) -> None:
    names = {name for name, _ in imported(file, for_types=False)}
    others = {name.split(".")[0] for name in names} & {"tensorflow", "keras", "optuna"}
    allowed = {home.PACKAGE / "backend.py": {"tensorflow", "keras"}, home.PACKAGE / "search" / "study.py": {"optuna"}}
    assert others == allowed.get(file, set())
    late = ("digitlab.backend", "optuna", "plotly")
    assert not [name for name, _ in at_the_top(file) if name.startswith(late)]


def test_modules_import_in_no_circle() -> None:
    names = {".".join(file.relative_to(home.ROOT).with_suffix("").parts): file for file in SOURCES}
    names = {name.removesuffix(".__init__"): file for name, file in names.items()}
    below = {
        name: {
            found
            for wanted, _ in at_the_top(file)
            for found in (wanted, wanted.rpartition(".")[0])
            if found in names and found != name and not name.startswith(f"{found}.")
        }
        for name, file in names.items()
    }
    done: set[str] = set()
    while len(done) < len(below):
        ready = {name for name, needs in below.items() if name not in done and needs <= done}
        assert ready, f"a circle among {sorted(set(below) - done)}"
        done |= ready


def at_the_top(file: Path) -> Iterator[tuple[str, int]]:
    """What a module imports when it is imported itself."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def test_every_module_is_reached_from_the_app_or_a_benchmark() -> None:
    modules = {f"digitlab.{'.'.join(file.relative_to(home.PACKAGE).with_suffix('').parts)}": file for file in PACKAGE}
    modules = {name.removesuffix(".__init__"): file for name, file in modules.items()}
    ahead, reached = [*STARTS, *BENCHMARKS], set(STARTS)
    while ahead:
        for wanted, _ in imported(ahead.pop()):
            parts = wanted.split(".")
            for length in range(1, len(parts) + 1):
                file = modules.get(".".join(parts[:length]))
                if file is not None and file not in reached:
                    reached.add(file)
                    ahead.append(file)
    assert [str(file.relative_to(home.ROOT)) for file in PACKAGE if file not in reached] == []


def test_nothing_is_there_for_tests_alone() -> None:
    """Each function, class, method, field and constant of the package is used by the app or by a benchmark."""
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in {*SOURCES, *BENCHMARKS}}
    used = Counter(name for tree in trees.values() for name in named(tree))
    unused = [
        f"{file.relative_to(home.ROOT)}: {name}"
        for file in PACKAGE
        for name, where in defined(trees[file])
        if name not in CALLED_BY_OTHERS and used[name] <= Counter(named(where))[name]
    ]
    assert unused == []


def named(tree: ast.AST) -> Iterator[str]:
    """Every name that code uses, among them words in quotes, by which attributes and columns are looked up."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.alias(name=name):
                yield name.rpartition(".")[2]
            case ast.Constant(value=str(name)) if name.isidentifier():
                yield name


def defined(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Functions, classes, methods, fields and constants, without what Python calls by itself, with their code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("__"):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    yield field.target.id, field
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in (node for part in targets for node in ast.walk(part) if isinstance(node, ast.Name)):
                yield target.id, statement


def test_every_module_of_the_browser_is_loaded_by_another_or_by_the_server() -> None:
    modules = list(home.PACKAGE.rglob("*.js"))
    texts = {file: file.read_text(encoding="utf-8") for file in [*modules, *SOURCES]}
    loaded = {
        name
        for file, text in texts.items()
        for name in re.findall(r"""["'/`]([\w-]+\.js)["'`]""", text)
        if name != file.name
    }
    alone = [str(file.relative_to(home.ROOT)) for file in modules if file.name not in loaded]
    assert alone == []


def test_every_export_of_the_browser_is_used() -> None:
    code = {file: re.sub(r"//.*|/\*[\s\S]*?\*/", "", file.read_text()) for file in home.PACKAGE.rglob("*.js")}
    words = Counter(word for text in code.values() for word in re.findall(r"\w+", text))
    exported = [
        (file.name, name)
        for file, text in code.items()
        for name in re.findall(r"export (?:async )?(?:const|let|class|function) (\w+)", text)
    ]
    assert [(file, name) for file, name in exported if words[name] < 2] == []
