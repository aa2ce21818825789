"""The documents' tables, from the models' cards and from the code: `python -m benchmarks.readme` writes them."""

from pathlib import Path
from typing import Any

from benchmarks import reference
from digitlab import home
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.training.recipes import RECIPES

README, READING, REFERENCE = (home.ROOT / name for name in ("README.md", "docs/reading.md", "docs/reference.md"))
WRITTEN = "written by python -m benchmarks.readme"


def tables() -> list[tuple[Path, str, str]]:
    """Each table: its document, the name that its marks have there, and its lines."""
    return [
        (README, "models", _models()),
        (README, "measured", _measured(zoo.find(zoo.DEFAULT))),
        (READING, "stages", _stages()),
        (REFERENCE, "commands", reference.command_tables()),
        (REFERENCE, "settings", reference.setting_table()),
        (REFERENCE, "variations", reference.variation_table()),
    ]


def _models() -> str:
    """One row a shipped model: what it is, its size, and what it measures beside what was published."""
    return "\n".join(
        [
            "| model | network and training | parameters | test accuracy | published |",
            "|---|---|---|---|---|",
            *(_row(zoo.find(name)) for name in RECIPES),
        ]
    )


def _row(model: Model) -> str:
    article = f"; after “{model.card['article']}”".replace("|", r"\|") if model.card["article"] else ""
    published = "; ".join(
        f"{value:.2f} % {what}" for what, value in model.card["published"].items() if not what.startswith("validation")
    )
    cells = [
        f"`{model.name}`",
        model.card["summary"].rstrip(".") + article,
        f"{model.parameters:,}",
        _percent(model.test_accuracy),
        published or "none",
    ]
    return f"| {' | '.join(cells)} |"


def _measured(model: Model) -> str:
    """What a card says was measured, one row a figure."""
    rows = (
        f"| {row['what']} | {_percent(row['value'])} | {_aim(row)} | `{row['command']}` |"
        for row in model.card["measured"]["figures"]
    )
    return "\n".join([f"| what | {model.name} | aim | command |", "|---|---|---|---|", *rows])


def _aim(row: dict[str, Any]) -> str:
    for key, words in (("at_least", "at least"), ("at_most", "at most")):
        if key in row:
            return f"{words} {row[key]:.1%}".replace("%", " %")
    return ""


def _stages() -> str:
    """How much each model reads at each stage from the pad to its picture, one row a model."""
    cards = {name: zoo.find(name).card["measured"]["stages"] for name in RECIPES}
    names = list(cards[zoo.DEFAULT])
    rows = ([f"`{name}`", *(_percent(card[stage]) for stage in names)] for name, card in cards.items())
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (["model", *names], ["---"] * (len(names) + 1), *rows))


def _percent(share: float) -> str:
    return f"{share:.2%}".replace("%", " %")


def main() -> None:
    for document, name, table in tables():
        text = document.read_text(encoding="utf-8")
        begin, end = f"<!-- {name}: {WRITTEN} -->\n", f"\n<!-- /{name} -->"
        before, rest = text.split(begin)
        document.write_text(before + begin + table + end + rest.split(end)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
