"""Tables and emphasis in Markdown."""

from collections.abc import Iterable, Sequence


def bold(text: str) -> str:
    """The text in bold."""
    return f"**{text}**"


def small(text: str) -> str:
    """The text in small letters; code within a caption would be too faint."""
    return f":small[{text}]"


def table(names: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A table; its first `left` columns are aligned to the left, the others to the right."""
    lines = [":--" if at < left else "--:" for at in range(len(names))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, lines, *rows))
