"""The command line: `python -m digitlab COMMAND …`.

Every command takes --json for machines. Bad input ends with one line on standard error and exit code 2.
"""

import argparse
import json
import logging
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from digitlab import __version__
from digitlab.errors import DigitLabError, InputError
from digitlab.insight.attribution import METHODS
from digitlab.networks import zoo
from digitlab.training import options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 for bad input."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], tuple[Any, Iterable[str]]] = chosen.run
    try:
        result, lines = run(chosen)
    except DigitLabError as error:
        print(f"digitlab: {error}", file=sys.stderr)
        return 2
    for line in [json.dumps(result, ensure_ascii=False)] if chosen.json else lines:
        print(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one line of JSON instead of text")
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument("--model", default=zoo.DEFAULT, help="name or hash (default: %(default)s)")
    parser = argparse.ArgumentParser(prog="digitlab", description="Read, measure and train networks on digits.")
    parser.add_argument("--version", action="version", version=f"digitlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    predict = commands.add_parser("predict", parents=[common, model], help="read pictures or stroke files")
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE", help="PNG, JPEG, WebP … or strokes as JSON")
    predict.set_defaults(run=_predict)

    evaluate = commands.add_parser("evaluate", parents=[common, model], help="accuracy on MNIST's 10,000 test digits")
    evaluate.add_argument(
        "--on",
        choices=("test", "held-out"),
        default="test",
        help="or on the training digits that it never learned from",
    )
    evaluate.add_argument("--beside", metavar="NAME", help="another model on the same digits: where the two disagree")
    evaluate.set_defaults(run=_evaluate)

    score = commands.add_parser("score", parents=[common, model], help="accuracy on a set of pen strokes")
    score.add_argument("strokes", type=Path, metavar="STROKES.npz", help="docs/strokes-format.md describes the file")
    score.set_defaults(run=_score)

    train = commands.add_parser("train", parents=[common], help="train a recipe")
    train.add_argument("recipe", metavar="RECIPE")
    train.add_argument("--out", type=Path, help="folder for the weights and the card (default: DIGITLAB_HOME/models)")
    options.add_to(train)
    train.set_defaults(run=_train)

    search = commands.add_parser("search", parents=[common], help="search for better settings of a recipe")
    search.add_argument("recipe", metavar="RECIPE")
    search.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="NAME=LOW:HIGH[:log]|NAME=VALUE,VALUE,…",
        help="a setting (as an option of train, or augmentation.NAME) and what to try; once for each",
    )
    search.add_argument("--sampler", default="tpe", help="who chooses: tpe, random or grid (default: %(default)s)")
    search.add_argument(
        "--pruner", default="median", help="stops trials early: median, halving or none (default: %(default)s)"
    )
    search.add_argument("--trials", type=int, default=20, help="(default: %(default)s; a grid has all combinations)")
    search.add_argument("--epochs", type=int, default=3, help="of each trial (default: %(default)s)")
    search.add_argument("--digits", type=int, default=5000, help="to learn from (default: %(default)s)")
    search.set_defaults(run=_search)

    runs = commands.add_parser("runs", parents=[common], help="list the training runs")
    runs.set_defaults(run=_runs)

    supervise = commands.add_parser("supervise", parents=[common], help="start queued runs, without a server")
    supervise.set_defaults(run=_supervise)

    models = commands.add_parser("models", parents=[common], help="list the trained models")
    models.set_defaults(run=_models)

    explain = commands.add_parser("explain", parents=[common, model], help="colour the ink that counts")
    explain.add_argument("picture", type=Path, metavar="PICTURE", help="PNG, JPEG, WebP … or strokes as JSON")
    explain.add_argument("--method", choices=METHODS, default="grad-cam", help="(default: %(default)s)")
    explain.add_argument(
        "--digit", type=int, choices=range(10), help="whose score is explained (default: the answer's)"
    )
    explain.add_argument("--layer", help="for grad-cam (default: the last convolution)")
    explain.add_argument("--out", type=Path, required=True, metavar="FILE.png", help="where the picture goes")
    explain.set_defaults(run=_explain)

    imported = commands.add_parser("import", parents=[common], help="add a Keras model of your own")
    imported.add_argument("file", type=Path, metavar="FILE.keras", help="28×28×1 in, ten numbers out")
    imported.add_argument("--name", default="", help="what it is called here (default: the file's name)")
    imported.set_defaults(run=_import)
    return parser


def _explain(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.insight.explain_file import explain_file

    found = explain_file(chosen.picture, chosen.method, chosen.out, chosen.model, chosen.digit, chosen.layer)
    return found, [f"{found['title']} for {found['digit']} (the answer is {found['answer']}): {found['out']}"]


def _import(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.networks.imported import import_file

    card = import_file(chosen.file, chosen.name)
    return card, [f"{card['name']}: {card['parameters']:,} parameters, test accuracy {card['test']['accuracy']:.2%}"]


def _predict(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.drawing.source import read_file

    images = [read_file(path) for path in chosen.files]
    predictor = zoo.open_model(chosen.model)
    outputs = predictor.outputs(np.stack(images))
    refused = predictor.refuses(outputs).tolist()
    results = [
        {
            "file": str(path),
            "digit": int(row.argmax()),
            "refused": no_digit,
            "probabilities": [round(float(value), 6) for value in row],
        }
        for path, row, no_digit in zip(chosen.files, predictor.to_probabilities(outputs), refused, strict=True)
    ]
    lines = (
        f"{'?' if row['refused'] else row['digit']}  {max(row['probabilities']):6.1%}  {row['file']}" for row in results
    )
    return results, lines


def _evaluate(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.insight.answers import answers, held_out
    from digitlab.insight.evaluation import compare, evaluate

    model = zoo.find(chosen.model)
    if chosen.on == "held-out" and held_out(model) is None:
        raise InputError(f"The card of {model.name} names no training digits that were held out.")
    first = answers(zoo.open_model(model.name), model, chosen.on)
    result = evaluate(first)
    beside: dict[str, Any] = {}
    more = []
    if chosen.beside is not None:
        other = zoo.find(chosen.beside)
        if chosen.on == "held-out" and held_out(other) != held_out(model):
            raise InputError(f"{other.name} learned from these digits, or held out others; compare on the test digits.")
        second = answers(zoo.open_model(other.name), other, chosen.on)
        differ = int((first.digits != second.digits).sum())
        compared = compare(first.right, second.right)
        beside = {"beside": {"model": other.name, "hash": other.hash, "differ": differ} | asdict(compared)}
        more = [
            f"{differ:,} answers differ from {other.name}'s: {compared.only_first} only {model.name} gets right, "
            f"{compared.only_second} only {other.name} (McNemar's test: p = {compared.p:.2g})"
        ]
    what = "test digits" if chosen.on == "test" else "held-out training digits"
    return {"model": model.name, "hash": model.hash, "on": chosen.on} | asdict(result) | beside, [
        f"{model.name} on {result.n:,} {what}: accuracy {result.accuracy:.2%}, loss {result.loss:.4f}, "
        f"calibration error {result.calibration_error:.4f}",
        f"95 % interval of the accuracy {result.accuracy_low:.2%} to {result.accuracy_high:.2%}, "
        f"label among the best two {result.top_2:.2%}",
        "recall by digit: " + "  ".join(f"{row.digit} {row.recall:.1%}" for row in result.per_class),
        *more,
    ]


def _score(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.drawing.strokes import StrokeSet
    from digitlab.insight.evaluation import score

    strokes = StrokeSet.load(chosen.strokes)
    result = score(zoo.open_model(chosen.model), strokes)
    return asdict(result), [
        f"{chosen.model} on {result.n:,} drawings: accuracy {result.accuracy:.2%}, clean {result.clean:.2%}",
        f"of the clean ones {result.answered:.2%} answered, {result.read:.2%} answered and right",
        "clean by digit: " + "  ".join(f"{digit} {share:.1%}" for digit, share in enumerate(result.per_class)),
    ]


def _train(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.jobs import terminal
    from digitlab.training import recipes

    recipe = recipes.find(chosen.recipe)
    config = options.changed(recipe.config, chosen)
    command = options.command(recipe, config)
    if chosen.out is not None:
        command += f" --out {shlex.quote(str(chosen.out))}"
    path = terminal.run(recipe, config, chosen.out, command)
    card = json.loads(path.read_text(encoding="utf-8"))
    return card, [f"{card['name']}: test accuracy {card['test']['accuracy']:.2%}, weights and card beside {path}"]


def _search(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.search import options as search_options
    from digitlab.search import planning
    from digitlab.store import Store
    from digitlab.training import recipes

    recipe = recipes.find(chosen.recipe)
    space = tuple(search_options.dimension(text) for text in chosen.vary)
    config = planning.base(recipe.config, chosen.epochs, chosen.digits)
    with Store() as store:
        search = planning.begin(
            store,
            recipe=recipe.name,
            config=config,
            space=space,
            sampler=chosen.sampler,
            pruner=chosen.pruner,
            trials=chosen.trials,
        )
    found = {"search": search.id, "name": search.name, "state": search.state, "trials": search.trials}
    return found, [
        f"search {search.id} has begun: {search.trials} trials in the queue, which a running server works off, or "
        "`python -m digitlab supervise`; the Runs page shows them under Search"
    ]


def _runs(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.store import Store

    with Store() as store:
        found = store.runs.all()
    rows = [
        {
            "run": run.id,
            "state": run.state,
            "name": run.name,
            "recipe": run.recipe,
            "parameters": run.parameters,
            "step": int(run.job.done),
            "steps": None if run.job.total is None else int(run.job.total),
            "best_validation": run.best_validation,
            "test_accuracy": run.test_accuracy,
            "seconds": run.seconds,
            "created": datetime.fromtimestamp(run.job.created_at, UTC).isoformat(timespec="seconds"),
            "reason": run.job.reason,
        }
        for run in found
    ]
    lines = (
        f"{run.id:>5}  {run.state:<11}  {run.name:<24} {int(run.job.done):>7,}"
        f"{'' if run.job.total is None else f' of {int(run.job.total):,}'} steps"
        f"{'' if run.test_accuracy is None else f', test accuracy {run.test_accuracy:.2%}'}"
        for run in found
    )
    return rows, lines


def _supervise(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.jobs.settings import places
    from digitlab.jobs.supervisor import Supervisor
    from digitlab.store import Store
    from digitlab.store.records import Job

    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    started: list[int] = []

    def show(job: Job) -> None:
        started.append(job.id)
        if not chosen.json:
            print(f"started {job.kind} {job.id}", flush=True)

    with Store() as store:
        if not chosen.json:
            print("supervising the queue; Ctrl-C ends this, not the runs", flush=True)
        Supervisor(store, places()).run(end, show)
    return {"started": started}, []


def _models(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    found = zoo.models()
    rows = [
        {"name": model.name, "hash": model.hash, "parameters": model.parameters, "test_accuracy": model.test_accuracy}
        for model in found
    ]
    return rows, (
        f"{row['name']:<24} {row['hash']}  {row['parameters']:>9,} parameters  {row['test_accuracy']:.2%}"
        for row in rows
    )
