"""Every text that people read is marked, translated and in its place (docs/words.md)."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from digitlab import home
from digitlab.errors import InputError
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.words import _, forms, message, plural, plural_message, stored
from digitlab.words.language import LANGUAGES, Language, accepted, current, named, of_terminal, speaking
from harness import words

# Modules that write files for programs, the same in every language: cards, Keras scripts with their comments, curves.
FILES_IN_ENGLISH = ("digitlab/training/card.py", "digitlab/training/script.py", "digitlab/runs/event_files.py")
# What stands in code and is not for readers, or is the same in every language.
NO_WORDS = re.compile(
    r"""
      <.*                               # HTML
    | .*(://|\\|\{\s[\w-]+:).*          # addresses, patterns, style sheets
    | [\w\ -]+=".*"                     # attributes
    | (private|public),\ .*             # headers
    | ('self'|attachment;|[a-z]+/[a-z]+;).*|.*;\ SameSite=.*
    | [\w.:/{}*=&?%~,+-]*               # names, paths, formats: no space in them
    | import\ keras\s*|>>>\ .*|model\ =\ keras.*|`?python\ -m\ .*  # code
    | :small\[\{\}\].*                   # what small print is made of
    | (PRAGMA|SELECT|INSERT|DELETE|SET|BEGIN|VACUUM)\ .* # SQL
    | (database|disk)\ .*(locked|full)|Could\ not\ decode.*  # what SQLite says
    | UNIPEN\ .*|CC\ BY.*|.*\ arXiv:[\d.]+|CPU,\ \{\}\ cores  # of cards: sources, licences, machines, papers
    | [A-Za-z][\w.]+(\[.*\]|(\ \|\ \w+)+)  # types
    | [a-z-]+\(.*\)                     # functions of style sheets
    | .*\}px.*|YYYY-.*                 # style sheets, formats of dates
    | .*(\bmouse\w+|\bevent\.|\(datum\b).*  # events and expressions of charts
    """,
    re.VERBOSE | re.DOTALL,
)
# Rooms whose tables have keys that are names, as cards have them.
NAMED_KEYS = ("digitlab/data/nondigits",)
QUIET_CALLS = {
    "debug",
    "info",
    "warning",
    "exception",
    "error_log",
    "compile",
    "piece",
    "getLogger",
    "AssertionError",
    "RuntimeError",
    "ValueError",
}


def python_files() -> Iterator[Path]:
    for folder in words.FOLDERS:
        for file in sorted((home.ROOT / folder).rglob("*.py")):
            name = file.relative_to(home.ROOT).as_posix()
            if name not in FILES_IN_ENGLISH:
                yield file


def unmarked(file: Path) -> Iterator[str]:
    """Literals that read like a text for people: at least two words, outside the functions that mark."""
    named_keys = file.relative_to(home.ROOT).as_posix().startswith(NAMED_KEYS)

    def look(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in words.MARKS or called in QUIET_CALLS:
                return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node, ast.Assert):
            return
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("OLDER", "_OLDER"):
            return  # words that addresses had before
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            if is_text(text):
                yield text
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_text(node.value):
            yield node.value
        names = node.keys if named_keys and isinstance(node, ast.Dict) else []
        for child in ast.iter_child_nodes(node):
            if child not in names:
                yield from look(child)

    yield from look(ast.parse(file.read_text(encoding="utf-8")))


def is_text(literal: str) -> bool:
    return not NO_WORDS.fullmatch(literal.strip()) and bool(re.search(r"[^\W\d_]{2,}\W* +\W*[^\W\d_]{2,}", literal))


def test_every_text_in_the_code_is_marked() -> None:
    found = [f"{file.relative_to(home.ROOT)}: {text[:70]!r}" for file in python_files() for text in unmarked(file)]
    assert found == [], "\n".join(found)


def test_the_page_s_own_modules_get_their_texts() -> None:
    """No literal of the JavaScript reads like a text, but errors for developers."""
    literal = re.compile(r'(?<!Error\()(["`])((?:(?!\1)[^\\\n]|\\.)*)\1')
    found = []
    for file in sorted((home.PACKAGE / "ui").rglob("*.js")):
        name = file.relative_to(home.ROOT).as_posix()
        code = re.sub(
            r"/\*.*?\*/|(?<![:\"])//.*$", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
        )
        found += [f"{name}: {text[:70]!r}" for _, text in literal.findall(code) if is_sentence(text)]
    assert found == []


def is_sentence(literal: str) -> bool:
    return bool(re.match(r"[A-Z][a-z]+ [a-z]+|[A-Z].*[.…]$", literal)) and not literal.startswith("M9")


def marked_calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in words.FOLDERS:
        for file in sorted((home.ROOT / folder).rglob("*.py")):
            if "words" in file.relative_to(home.ROOT).parts[1:2]:
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in words.MARKS:
                    yield f"{file.relative_to(home.ROOT)}:{node.lineno}", node


def test_marked_texts_are_literals_and_get_all_their_values() -> None:
    for place, call in marked_calls():
        assert isinstance(call.func, ast.Name)
        texts = call.args[: len(words.MARKS[call.func.id] or (1,))]
        assert all(isinstance(text, ast.Constant) for text in texts), f"{place}: the text is not a literal"
        if call.func.id in ("template", "forms") or any(keyword.arg is None for keyword in call.keywords):
            continue
        wanted = set.union(*(placeholders(ast.literal_eval(text)) for text in texts))
        given = {str(keyword.arg) for keyword in call.keywords} | ({"n"} if "plural" in call.func.id else set())
        assert wanted - given == set(), f"{place}: without a value"
        assert given - wanted <= {"n"}, f"{place}: a value that the text does not have"


def test_no_text_is_marked_within_an_f_string() -> None:
    """The catalogues would not find it there."""
    for folder in words.FOLDERS:
        for file in (home.ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    called = {getattr(one.func, "id", "") for one in ast.walk(node) if isinstance(one, ast.Call)}
                    assert not called & set(words.MARKS), f"{file.relative_to(home.ROOT)}:{node.lineno}"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def all_placeholders(text: str) -> set[str]:
    """The same with those of argparse's own texts: %(name)s."""
    return placeholders(text) | set(re.findall(r"%(?:\(\w+\))?[sr]", text))


def read(locale: str) -> Catalog:
    with words.source(locale).open("rb") as file:
        return read_po(file, locale)


@pytest.mark.parametrize("locale", words.LOCALES_TO_TRANSLATE)
def test_catalogues_are_up_to_date(locale: str) -> None:
    """`make words` brings them up to date."""
    now = words.updated(locale)
    assert words.as_po(now) == words.source(locale).read_bytes()
    assert words.as_mo(now) == words.compiled(locale).read_bytes()


@pytest.mark.parametrize("locale", words.LOCALES_TO_TRANSLATE)
def test_every_text_is_translated_with_the_same_values(locale: str) -> None:
    catalogue = read(locale)
    assert list(words.missing(catalogue)) == []
    for entry in catalogue:
        if not entry.id:
            continue
        texts = [entry.id] if isinstance(entry.id, str) else list(entry.id)
        strings = [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
        assert not entry.fuzzy, texts[0]
        for translated in strings:
            assert all_placeholders(translated) == all_placeholders(texts[-1]), translated


@pytest.mark.parametrize("locale", words.LOCALES_TO_TRANSLATE)
def test_translations_are_chinese_and_spaced_as_the_style_says(locale: str) -> None:
    wrong = "資網圖數層訊設儲檔" if locale == "zh_Hans" else "资网图数层讯设储档"
    for entry in read(locale):
        text = entry.string if isinstance(entry.string, str) else "".join(entry.string or ())
        if entry.id:
            assert not set(wrong) & set(text), text
            assert not re.search(r"[\u4e00-\u9fff][,;:?!](?!\w)", text), f"half-width punctuation: {text}"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-Hant-CN", "zh-Hant"),
        ("de-DE,de;q=0.9,zh-TW;q=0.5,en;q=0.7", "en"),
        ("de, fr;q=0.4", None),
        ("en;q=nonsense, zh-TW;q=0.1", "zh-Hant"),
        ("", None),
    ],
)
def test_the_browsers_languages(header: str, language: Language | None) -> None:
    assert accepted(header) == language


def test_tags_and_terminals() -> None:
    assert [named(tag) for tag in ("zh_CN.UTF-8", "zh-hant", "en_GB", "fr", "", None)] == [
        "zh-Hans",
        "zh-Hant",
        "en",
        None,
        None,
        None,
    ]
    assert of_terminal({"LANG": "zh_TW.UTF-8"}) == "zh-Hant"
    assert of_terminal({"LANG": "zh_TW.UTF-8", "LC_ALL": "C"}) == "en"


def test_one_message_is_read_in_every_readers_language() -> None:
    error = InputError(message("This part could not be loaded. Reload the page."))
    read_by: dict[str, str] = {}
    for language in LANGUAGES:
        with speaking(language):
            read_by[current()] = error.sentence
            assert str(error) == "This part could not be loaded. Reload the page."
    assert read_by["zh-Hans"] == "这一部分无法加载。请刷新页面。"
    assert read_by["zh-Hant"] == "這個部分無法載入。請重新整理頁面。"


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert _("{n} of {share:.1%}, {loss:.2f}", n=10_000, share=0.98765, loss=-0.5) == "10,000 of 98.8%, −0.50"
    assert _("{change:+.1%}", change=0.1) == "+10.0%"
    assert _("run {run}", run="10000") == "run 10000"


@pytest.mark.parametrize(("n", "text"), [(0, "0 runs"), (1, "1 run"), (2, "2 runs"), (10_000, "10,000 runs")])
def test_plurals(n: int, text: str) -> None:
    assert plural("{n} run", "{n} runs", n) == text


def test_texts_for_javascript_have_every_plural_form() -> None:
    one, many = "{count} digit found. Press it to see how it is read; drag to choose another part.", "{count} digits"
    assert forms(one, many) == {"one": one, "other": many}
    with speaking("zh-Hant"):
        assert set(forms(one, many)) == {"other"}


@pytest.mark.parametrize(
    "text",
    [
        message("The disk is full at step {step}.", step=1200),
        plural_message("{n} epoch", "{n} epochs", 3),
        message("Trial {trial}: {why}", trial="7", why=message("no hope after {share:.1%}", share=0.25)),
    ],
)
def test_what_the_database_keeps_is_read_again(text: Any) -> None:
    assert stored.read(stored.written(text)) == text


@pytest.mark.parametrize("text", ["a sentence of an older revision with {braces}", '{"message": cut off'])
def test_older_and_damaged_rows_are_read_as_they_stand(text: str) -> None:
    assert str(stored.read(text)) == text


def test_what_a_person_writes_never_becomes_a_message() -> None:
    """Else its braces would be filled in with what they name."""
    name = '{"message": "{x.__class__}", "values": {"x": 1}}'
    assert str(stored.read(stored.written(name))) == name


def test_what_a_person_writes_is_not_translated() -> None:
    with speaking("zh-Hans"):
        assert _("Training log") != "Training log"
        assert str(stored.read(stored.written("Training log"))) == "Training log"


def test_two_readers_of_one_run_read_its_reason_in_two_languages(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path / 'new.db'}") as store:
        store.jobs.submit(OPERATOR, "map", {})
        job = store.jobs.claim(1)
        assert job is not None
        store.jobs.end(job, "failed", reason=message("The process was asked to end."))
        with speaking("zh-Hans"):
            assert str(store.jobs.get(job.id).reason) == "进程收到结束指令。"
        with speaking("zh-Hant"):
            assert str(store.jobs.get(job.id).reason) == "行程收到結束指令。"


def test_a_trials_name_is_read_in_every_readers_language_and_a_persons_stays(tmp_path: Path) -> None:
    about: dict[str, Any] = {"recipe": "own", "parameters": 1, "spec": {}}
    with Store(f"sqlite:///{tmp_path / 'new.db'}") as store:
        trial = store.runs.create(
            OPERATOR, name=message("Search {search}, trial {trial}", search="2", trial="7"), **about
        )
        mine = store.runs.create(OPERATOR, name="Search 2, trial 7 {again}", **about)
        with speaking("zh-Hans"):
            assert store.runs.get(trial.id).name == "搜索 2，试验 7"
            assert store.runs.get(mine.id).name == "Search 2, trial 7 {again}"
        with speaking("zh-Hant"):
            assert store.runs.get(trial.id).name == "搜尋 2，試驗 7"


def test_a_message_loses_what_postgresql_refuses(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path / 'new.db'}") as store:
        job = store.jobs.submit(OPERATOR, "map", {}, claimed=True)
        store.jobs.end(job, "failed", reason=message("The process had to end. {why}", why="a\0b\ud800c"))
        with store.database.read() as connection:
            kept = connection.exec_driver_sql("SELECT reason FROM jobs").scalar_one()
        assert "\\u0000" not in kept
        assert str(store.jobs.get(job.id).reason) == "The process had to end. abc"
