"""The README's table of models, from their cards: `python -m benchmarks.models_table` writes it into the README."""

from digitlab import home
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.training.recipes import RECIPES

README = home.ROOT / "README.md"
BEGIN, END = "<!-- models: written by python -m benchmarks.models_table -->", "<!-- /models -->"


def table() -> str:
    """One row a shipped model: what it is, its size, and what it measures beside what was published."""
    shipped = [zoo.find(name) for name in RECIPES]
    rows = [
        "| model | network and training | parameters | test accuracy | published |",
        "|---|---|---|---|---|",
        *(_row(model) for model in shipped),
    ]
    return "\n".join(rows)


def _row(model: Model) -> str:
    article = f"; after “{model.card['article']}”".replace("|", r"\|") if model.card["article"] else ""
    published = "; ".join(
        f"{value:.2f} % {what}" for what, value in model.card["published"].items() if not what.startswith("validation")
    )
    cells = [
        f"`{model.name}`",
        model.card["summary"].rstrip(".") + article,
        f"{model.parameters:,}",
        f"{model.test_accuracy:.2%}".replace("%", " %"),
        published or "none",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
