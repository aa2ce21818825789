"""The query parameters that the pages read and write, found in their source."""

import ast
from collections.abc import Iterator

from digitlab import home
from digitlab.jobs import draft_query

PAGES = {path.stem: "/" if path.stem == "draw" else f"/{path.stem}" for path in (home.ROOT / "pages").glob("*.py")}
TAKE_A_NAME = ("_read", "one_of", "put", "take", "show")  # functions of ui/samples/query.py


def parameters() -> Iterator[tuple[str, str, str]]:
    """Page ("" for a part that several share), parameter (with * where the code computes a part of it), and module."""
    for file in [*(home.ROOT / "pages").glob("*.py"), *(home.PACKAGE / "ui").rglob("*.py")]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found = _Parameters(_constants(tree))
        found.visit(tree)
        folder = file.stem if file.parent.name == "pages" else file.parent.name
        page = {"search": "/runs"}.get(folder, PAGES.get(folder, ""))
        for name in found.names:
            yield page, name, str(file.relative_to(home.ROOT))
    for name in (draft_query.RUN, *draft_query.KEYS):
        yield "/train", name, draft_query.__name__


def _constants(tree: ast.Module) -> dict[str, str]:
    """The texts that a module gives names to at its top, read without running it."""
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            for name, value in _pairs(target, node.value):
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[name.id] = value.value
    return found


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """What is assigned to what: each part of `a, b = c, d` by itself."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


class _Parameters(ast.NodeVisitor):
    """Collects the names by which a module uses `st.query_params`, a name for it, or a widget bound to it."""

    def __init__(self, constants: dict[str, str]) -> None:
        self.names: set[str] = set()
        self._constants = constants
        self._aliases: set[str] = set()

    def _note(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.names.add(node.value)
        elif isinstance(node, ast.Name) and node.id in self._constants:
            self.names.add(self._constants[node.id])
        elif isinstance(node, ast.JoinedStr):
            self.names.add("".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values))

    def _is_query(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr == "query_params"
        return isinstance(node, ast.Name) and node.id in self._aliases

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            for name, value in _pairs(target, node.value):
                if isinstance(name, ast.Name) and self._is_query(value):
                    self._aliases.add(name.id)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if self._is_query(node.value):
            self._note(node.slice)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if any(self._is_query(other) for other in node.comparators):
            self._note(node.left)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Attribute) and self._is_query(function.value) and node.args:
            for argument in node.args[0].keys if isinstance(node.args[0], ast.Dict) else node.args[:1]:
                if argument is not None:
                    self._note(argument)
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in TAKE_A_NAME and node.args:
            self._note(node.args[0])
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if isinstance(bound := given.get("bind"), ast.Constant) and bound.value == "query-params":
            self._note(given["key"])
        self.generic_visit(node)
