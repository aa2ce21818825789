"""The report of a run: one HTML file that holds everything itself, to be read, handed in or printed.

Every figure in it is computed from the run and its weights when the report is asked for.
"""

import html
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from digitlab import __version__
from digitlab.data import mnist
from digitlab.insight.answers import answers
from digitlab.insight.evaluation import evaluate
from digitlab.networks.zoo import Model, open_model
from digitlab.runs.trainings import Curves, Training, curves
from digitlab.server.store import store
from digitlab.training.best import best_epoch
from digitlab.training.config import TrainingConfig
from digitlab.ui.run.details import beyond_the_settings, changes
from digitlab.ui.run.drawn_curves import curve
from digitlab.ui.run.ended import how_it_ended
from digitlab.ui.shared import layer_text, names
from digitlab.ui.shared.recipe_text import settings, trained_on
from digitlab.ui.shared.setting_text import STATES
from digitlab.ui.shared.times import duration
from digitlab.ui.train.ending import confusion_table, digits_shown, first_digits, mistakes_in_words
from digitlab.words import _, plural
from digitlab.words.language import Language, speaking

_MISTAKES = 10  # that are shown, the most confident first
_OURS = (".dl-confusion", ".dl-right", ".dl-wrong", ".dl-digits", ".dl-miss")  # rules of the pages that hold here, too
_PAGES_STYLE = Path(__file__).parent.parent / "style.css"
_STYLE = """
body { color: #1c2030; font: 15px/1.5 "Source Sans 3", "Noto Sans CJK SC", "Noto Sans CJK TC", system-ui, sans-serif;
  margin: 2rem auto; max-width: 60rem; padding: 0 1.2rem; }
h1 { font-size: 1.8rem; line-height: 1.25; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { border-bottom: 1px solid #ccc; font-size: 1.15rem; margin: 2rem 0 .7rem; padding-bottom: .2rem; }
header p { margin: .2rem 0; }
.note { background: #f3f1ea; border-radius: 6px; margin: 1rem 0; overflow-wrap: anywhere; padding: .7rem .9rem;
  white-space: pre-wrap; }
.tag { border: 1px solid #999; border-radius: 1rem; display: inline-block; font-size: .85rem; margin-right: .4rem;
  padding: 0 .6rem; }
dl { display: grid; gap: .2rem 1.5rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); margin: 0; }
dt { font-size: .82rem; opacity: .75; } dd { font-size: 1.25rem; font-weight: 600; margin: 0; }
.two { display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.data, .log { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; width: 100%; }
.data th, .data td, .log th, .log td { border-bottom: 1px solid #ddd; padding: .22rem .5rem .22rem 0;
  text-align: left; vertical-align: top; }
section { overflow-x: auto; } .dl-digits { padding: 3px; }
.log th, .log td { text-align: right; }
.dl-digits figcaption { font-size: .75rem !important; white-space: nowrap; }
svg { display: block; height: auto; width: 100%; } svg text { fill: #1c2030; }
pre { background: #f3f1ea; border-radius: 6px; font-size: .8rem; overflow-wrap: anywhere; padding: .6rem .8rem;
  white-space: pre-wrap; }
footer { border-top: 1px solid #ccc; font-size: .8rem; margin-top: 2rem; opacity: .8; padding-top: .5rem; }
@media (max-width: 480px) { .data, .log { font-size: .74rem; } .log th, .log td { padding-right: .25rem; } }
@page { margin: 16mm; }
@media print {
  body { font-size: 10.5pt; margin: 0; max-width: none; padding: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2 { break-after: avoid; } figure, svg, tr, .keep { break-inside: avoid; }
}
"""


def report(training: Training, language: Language) -> str:
    """The whole file.

    Args:
        training: a run, whatever its state; what it does not have yet is left out.
        language: in which it is written.

    Raises:
        DigitLabError: another version of the project wrote the run, or its weights are damaged.
    """
    with speaking(language):
        config, logged, model = training.config(), curves(store(), training), training.model()
        title = names.of_training(training)
        parts = [
            _head(training, config, logged, title),
            _section(_("Result"), _figures(training, logged, model)),
            _section(_("Curves"), _curves(config, logged)),
            *(_answers(model) if model else ()),
            _section(_("Settings"), _settings(training, config)),
            _section(_("Network"), _network(config)),
            _section(_("Log"), _log(logged, config)),
            _foot(training, model),
        ]
        return (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
            f"<style>{_STYLE}{_pages_rules()}</style></head><body>{''.join(parts)}</body></html>"
        )


def _pages_rules() -> str:
    lines = _PAGES_STYLE.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.startswith(_OURS))


def _section(title: str, content: str) -> str:
    return f"<section><h2>{html.escape(title)}</h2>{content}</section>" if content else ""


def _head(training: Training, config: TrainingConfig, logged: Curves, title: str) -> str:
    run = training.run
    assert run is not None
    tags = "".join(f'<span class="tag">{html.escape(tag)}</span>' for tag in training.tags)
    ended = how_it_ended(run, config, logged.epochs) or str(STATES[training.state])
    note = f'<div class="note">{html.escape(training.note)}</div>' if training.note else ""
    return (
        f"<header><h1>{html.escape(title)}</h1>{f'<p>{tags}</p>' if tags else ''}"
        f"<p>{html.escape(ended)}</p></header>{note}"
    )


def _figures(training: Training, logged: Curves, model: Model | None) -> str:
    run, best = training.run, best_epoch(logged.epochs)
    facts = []
    if training.test_accuracy is not None:
        facts.append((_("Test accuracy"), _("{share:.2%}", share=training.test_accuracy)))
    if run and run.test_loss is not None:
        facts.append((_("Test loss"), _("{loss:.4f}", loss=run.test_loss)))
    if best is not None and best.val_accuracy is not None:
        name = _("Best validation (epoch {epoch})", epoch=best.epoch)
        facts.append((name, _("{share:.2%}", share=best.val_accuracy)))
    if training.seconds is not None:
        facts.append((_("Time of training"), duration(training.seconds)))
    facts.append((_("Parameters"), _("{n}", n=training.parameters)))
    if model:
        facts.append((_("Multiply-adds per digit"), _("{n}", n=int(model.card["multiply_adds"]))))
    rows = "".join(f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in facts)
    return f"<dl>{rows}</dl>"


def _curves(config: TrainingConfig, logged: Curves) -> str:
    drawn = [curve(logged, config.steps_per_epoch, "loss"), curve(logged, config.steps_per_epoch, "accuracy")]
    return f'<div class="two">{"".join(drawn)}</div>' if any(drawn) else ""


def _answers(model: Model) -> Iterable[str]:
    """The matrix, the first test digits, and what is read wrong with the most confidence."""
    given = answers(open_model(model.name), model)
    table = evaluate(given).confusion
    words = f"<p>{html.escape(mistakes_in_words(table))}</p>"
    yield _section(_("Confusion matrix"), f'<div class="keep">{confusion_table(table)}{words}</div>')
    yield _section(_("First {count} test digits", count=10), first_digits(given))
    wrong = [int(number) for number in given.mistakes[:_MISTAKES]]
    if wrong:
        yield _section(_("Read wrong, most confident first"), digits_shown(given, wrong, mnist.load().x_test))


def _settings(training: Training, config: TrainingConfig) -> str:
    parts = []
    different = changes(config, training.recipe)
    if different:
        head = (_("Setting"), _("Recipe {recipe}", recipe=training.recipe), _("This run"))
        parts.append(_table(head, different))
    elif different is not None:
        said = _("All settings are those of the recipe {recipe}.", recipe=training.recipe)
        parts.append(f"<p>{html.escape(said)}</p>")
    parts += [f"<p>{html.escape(sentence)}</p>" for sentence in beyond_the_settings(training)]
    title = html.escape(_("All settings"))
    parts += [f"<h3>{title}</h3>", _table((_("Setting"), _("Value")), settings(config))]
    return "".join(parts)


def _network(config: TrainingConfig) -> str:
    network = config.network
    rows = [
        (
            layer.name,
            layer_text.title(layer, network),
            layer_text.shape_text(network.shapes[layer.name]),
            _("{n}", n=layer.parameters(network.input_shape(layer))),
        )
        for layer in network.layers
    ]
    return _table((_("Layer"), _("Kind"), _("Output shape"), _("Parameters")), rows)


def _log(logged: Curves, config: TrainingConfig) -> str:
    rates = {step.epoch: step.learning_rate for step in logged.steps}
    measures = ("loss", "accuracy", "val_loss", "val_accuracy")  # by Keras' names
    rows = [
        (
            str(epoch.epoch),
            *(_known(getattr(epoch, name)) for name in measures),
            f"{epoch.seconds:.1f}",
            f"{rates.get(epoch.epoch, config.learning_rate):g}",
        )
        for epoch in logged.epochs
    ]
    return _table(("epoch", *measures, _("seconds"), _("rate")), rows, kind="log") if rows else ""


def _known(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "data") -> str:
    first = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
    rest = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="{kind}"><thead><tr>{first}</tr></thead><tbody>{rest}</tbody></table>'


def _foot(training: Training, model: Model | None) -> str:
    run = training.run
    made = [f"DigitLab {__version__}", _("{day}", day=datetime.now(UTC).date())]
    if model:
        made.append(_("weights {hash}", hash=model.hash))
        versions = model.card.get("versions", {})
        made += [f"{name} {number}" for name, number in versions.items()]
        made.append(trained_on(model))
    if run:
        made.append(plural("{n} processor thread", "{n} processor threads", run.spec.threads))
    command = f"<pre>{html.escape(run.spec.command)}</pre>" if run and run.spec.command else ""
    return f"{command}<footer>{html.escape(' · '.join(filter(None, made)))}</footer>"
