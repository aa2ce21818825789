"""The README's tables, from the models' cards: `python -m benchmarks.readme` writes them into the README."""

from digitlab import home
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.training.recipes import RECIPES

README = home.ROOT / "README.md"
WRITTEN = "written by python -m benchmarks.readme"


def tables() -> dict[str, str]:
    """Each table by the name that its marks in the README have."""
    return {"models": _models(), "measured": _measured(zoo.find(zoo.DEFAULT))}


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
    figures = model.card["measured"]["figures"]
    rows = (f"| {row['what']} | {_percent(row['value'])} | `{row['command']}` |" for row in figures)
    return "\n".join([f"| what | {model.name} | command |", "|---|---|---|", *rows])


def _percent(share: float) -> str:
    return f"{share:.2%}".replace("%", " %")


def main() -> None:
    text = README.read_text(encoding="utf-8")
    for name, table in tables().items():
        begin, end = f"<!-- {name}: {WRITTEN} -->\n", f"\n<!-- /{name} -->"
        before, rest = text.split(begin)
        text = before + begin + table + end + rest.split(end)[1]
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
