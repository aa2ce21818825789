"""Foreign text stays text; tests/browser/test_foreign.py looks at what a browser makes of it."""

import ast

import pytest

from digitlab import home
from digitlab.ui.shared.foreign import for_plotly, plain

WORD_JOINER = "\u2060"


@pytest.mark.parametrize("text", ["two-conv-64_a.b", "Run 7, my best one (1e-07)!", "3 of 10 · 99 %", "日本語", "a/b"])
def test_a_usual_name_is_left_as_it_is(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"), [("- a", r"\- a"), ("1. a", r"1\. a"), ("_a_ b_", r"\_a\_ b\_"), ("# a", r"\# a")]
)
def test_what_begins_a_block_or_stresses_a_word_does_not(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_nothing_in_a_text_is_markup_or_an_address() -> None:
    shown = plain("[x](http://a.example) **b** `c` :material/home: www.a.example a@b.example\n# d\0e\u202ef")
    assert shown.replace("\\", "").replace(WORD_JOINER, "") == (
        "[x](http://a.example) **b** `c` :material/home: www.a.example a@b.example # d e f"
    )
    bare = shown.replace("\\", "")
    assert "://" not in bare
    assert "www." not in bare
    assert "a@b" not in bare
    assert ":material" not in bare
    for sign in "[]*`#":
        assert f"\\{sign}" in shown
        assert shown.count(sign) == shown.count(f"\\{sign}")


def test_plotly_reads_no_tags() -> None:
    assert for_plotly('<a href="x">&</a>') == '&lt;a href="x"&gt;&amp;&lt;/a&gt;'


def test_alerts_are_shown_by_one_module() -> None:
    """A sentence with a foreign word in it passes `warn` or `complain`."""
    found = []
    for file in [*(home.PACKAGE / "ui").rglob("*.py"), *(home.ROOT / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in ("error", "warning", "success", "toast", "exception")
                and isinstance(node.value, ast.Name)
                and node.value.id == "st"
            ):
                found.append(file.name)
    assert sorted(found) == ["foreign.py", "foreign.py", "friendly.py"]  # the last one says that a mistake is ours
