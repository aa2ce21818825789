"""What each command does: each takes its options, and returns its result as plain data and as lines of text."""

import argparse
import json
import logging
import os
import re
import shlex
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import DigitLabError, InputError
from digitlab.networks import zoo
from digitlab.server import serving
from digitlab.training import options
from digitlab.words import Message, _, message, plural

if TYPE_CHECKING:
    from digitlab.insight.evaluation import Evaluation


class PartlyError(DigitLabError):
    """Some of what was given could not be used; the rest has a result all the same."""

    def __init__(self, result: Any, lines: Iterable[str], errors: Sequence[Message]) -> None:
        super().__init__(errors[0])
        self.result, self.lines, self.errors = result, lines, errors


def app(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    command = serving.command(chosen.port, chosen.address)
    if chosen.json:
        print(json.dumps({"url": f"http://{chosen.address or 'localhost'}:{chosen.port}"}), flush=True)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # one line of JSON; what the server says goes to the log
    serving.become(command)


def explain(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.insight.attribution_file import write_map

    found = write_map(chosen.picture, chosen.method, chosen.out, chosen.model, chosen.digit, chosen.layer)
    return found, [
        _(
            "{method} for {digit} (the answer is {answer}): {file}",
            method=found["title"],
            digit=str(found["digit"]),
            answer=str(found["answer"]),
            file=str(found["out"]),
        )
    ]


def import_model(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.networks.found import Found
    from digitlab.networks.imported import import_file

    card = import_file(chosen.file, chosen.name, chosen.output)
    figures = plural(
        "{name}: {n} parameter, test accuracy {accuracy:.2%}",
        "{name}: {n} parameters, test accuracy {accuracy:.2%}",
        card["parameters"],
        name=card["name"],
        accuracy=card["test"]["accuracy"],
    )
    return card, [figures, *map(str, Found.from_card(card["found"]).sentences())]


def lesson(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.lessons import program
    from digitlab.lessons.all import find

    found = find(chosen.recipe)
    program.write(found, chosen.to)
    steps = len(found.steps)
    return {"recipe": found.recipe, "article": found.article, "steps": steps, "to": str(chosen.to)}, [
        plural(
            "{file}: {title}, {n} step, after the tutorial “{article}”",
            "{file}: {title}, {n} steps, after the tutorial “{article}”",
            steps,
            file=str(chosen.to),
            title=found.title,
            article=found.article,
        )
    ]


def predict(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.drawing.source import Digit, read_all

    found: list[tuple[Path, Digit | InputError]] = []
    for path in chosen.files:
        try:
            found += [(path, digit) for digit in read_all(path)]
        except InputError as error:
            found.append((path, error))
    images = [digit.image for _, digit in found if isinstance(digit, Digit)]
    answers: Iterator[dict[str, Any]] = iter(_answers(chosen.model, images) if images else ())
    results: list[dict[str, Any]] = []
    errors: list[Message] = []
    for path, digit in found:
        if isinstance(digit, InputError):
            results.append({"file": str(path), "error": str(digit)})
            errors.append(digit.message)
        else:
            box = {} if digit.box is None else {"box": digit.box}
            results.append({"file": str(path)} | next(answers) | box)
    often = Counter(row["file"] for row in results)
    lines = [_answer_line(row, often[row["file"]] > 1) for row in results if "error" not in row]
    if errors:
        raise PartlyError(results, lines, errors)
    return results, lines


def _answer_line(row: dict[str, Any], with_place: bool) -> str:
    answer = f"{'?' if row['refused'] else row['digit']}  {max(row['probabilities']):6.1%}  {row['file']}"
    if not (with_place and "box" in row):
        return answer
    return answer + "  " + _("at {box}", box=",".join(map(str, row["box"])))


def _answers(model: str, images: Sequence[NDArray[np.float32]]) -> Iterator[dict[str, Any]]:
    """What a model says of each picture [28, 28]."""
    predictor = zoo.open_model(model)
    outputs = predictor.outputs(np.stack(images))
    refused = predictor.refuses(outputs).tolist()
    for row, no_digit in zip(predictor.to_probabilities(outputs), refused, strict=True):
        probabilities = [round(float(value), 6) for value in row]
        yield {"digit": int(row.argmax()), "refused": no_digit, "probabilities": probabilities}


def evaluate(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.insight.answers import answers, held_out
    from digitlab.insight.evaluation import compare, evaluate

    model = zoo.find(chosen.model)
    if chosen.on == "held-out" and held_out(model) is None:
        raise InputError(message("The card of {model} names no held-out training digits.", model=model.name))
    first = answers(zoo.open_model(model.name), model, chosen.on)
    result = evaluate(first)
    beside: dict[str, Any] = {}
    more = []
    if chosen.beside is not None:
        other = zoo.find(chosen.beside)
        if chosen.on == "held-out" and held_out(other) != held_out(model):
            raise InputError(
                message(
                    "{model} learned from these digits or held out other ones; compare on the test digits.",
                    model=other.name,
                )
            )
        second = answers(zoo.open_model(other.name), other, chosen.on)
        differ = int((first.digits != second.digits).sum())
        compared = compare(first.right, second.right)
        beside = {"beside": {"model": other.name, "hash": other.hash, "differ": differ} | asdict(compared)}
        more = [
            plural(
                "{n} answer differs: only {first} is right {only_first} times, only {second} {only_second} times "
                "(McNemar's test: p = {p})",
                "{n} answers differ: only {first} is right {only_first} times, only {second} {only_second} times "
                "(McNemar's test: p = {p})",
                differ,
                first=model.name,
                only_first=compared.only_first,
                second=other.name,
                only_second=compared.only_second,
                p=f"{compared.p:.2g}",
            )
        ]
    return {"model": model.name, "hash": model.hash, "on": chosen.on} | asdict(result) | beside, [
        _evaluated(model.name, chosen.on, result),
        _(
            "95% confidence interval of the accuracy: {low:.2%} to {high:.2%}; top-2 accuracy {top_2:.2%}",
            low=result.accuracy_low,
            high=result.accuracy_high,
            top_2=result.top_2,
        ),
        _(
            "Recall by digit: {shares}",
            shares="  ".join(f"{row.digit} {row.recall:.1%}" for row in result.per_class),
        ),
        *more,
    ]


def _evaluated(model: str, on: str, result: "Evaluation") -> str:
    figures: dict[str, Any] = {"accuracy": result.accuracy, "loss": result.loss, "error": result.calibration_error}
    if on == "test":
        return plural(
            "{model} on {n} test digit: accuracy {accuracy:.2%}, loss {loss:.4f}, calibration error {error:.4f}",
            "{model} on {n} test digits: accuracy {accuracy:.2%}, loss {loss:.4f}, calibration error {error:.4f}",
            result.n,
            model=model,
            **figures,
        )
    return plural(
        "{model} on {n} held-out training digit: accuracy {accuracy:.2%}, loss {loss:.4f}, calibration error "
        "{error:.4f}",
        "{model} on {n} held-out training digits: accuracy {accuracy:.2%}, loss {loss:.4f}, calibration error "
        "{error:.4f}",
        result.n,
        model=model,
        **figures,
    )


def score(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.drawing.strokes import StrokeSet
    from digitlab.insight.evaluation import score
    from digitlab.insight.learned_from import warning

    strokes = StrokeSet.load(chosen.strokes)
    result = score(zoo.open_model(chosen.model), strokes)
    learned = warning(zoo.find(chosen.model), chosen.strokes)
    return asdict(result) | ({"warning": learned.english} if learned else {}), [
        *([str(learned)] if learned else []),
        plural(
            "{model} on {n} drawing: accuracy {accuracy:.2%}, clean drawings {clean:.2%}",
            "{model} on {n} drawings: accuracy {accuracy:.2%}, clean drawings {clean:.2%}",
            result.n,
            model=chosen.model,
            accuracy=result.accuracy,
            clean=result.clean,
        ),
        _(
            "Clean drawings: {answered:.2%} answered, {read:.2%} answered correctly",
            answered=result.answered,
            read=result.read,
        ),
        _(
            "Clean drawings by digit: {shares}",
            shares="  ".join(f"{digit} {share:.1%}" for digit, share in enumerate(result.per_class)),
        ),
    ]


def strokes(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.data.unipen import convert

    made = convert(chosen.folder, chosen.out)
    return {"out": str(chosen.out)} | asdict(made), [
        _(
            "{file}: digits: {digits}, writers: {writers}",
            file=str(chosen.out),
            digits=made.digits,
            writers=made.writers,
        ),
        *(_("Left out: {name}: {reason}", name=name, reason=reason) for name, reason in made.left_out.items()),
    ]


def train(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.training import recipes
    from digitlab.work import terminal

    recipe = recipes.find(chosen.recipe)
    config = options.changed(recipe.config, chosen)
    command = options.command(recipe, config)
    if chosen.out is not None:
        command += f" --out {shlex.quote(str(chosen.out))}"
    model = terminal.run(recipe, config, chosen.out, command)
    return model.card, [
        _(
            "{name}: test accuracy {accuracy:.2%}; weights and card in {folder}",
            name=model.name,
            accuracy=model.test_accuracy,
            folder=str(model.file.parent),
        )
    ]


def search(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.search import options as search_options
    from digitlab.search import planning
    from digitlab.store import Store
    from digitlab.store.rights import OPERATOR
    from digitlab.training import recipes

    recipe = recipes.find(chosen.recipe)
    space = tuple(search_options.dimension(text) for text in chosen.vary)
    config = planning.base(recipe.config, chosen.epochs, chosen.digits)
    with Store() as store:
        search = planning.begin(
            OPERATOR,
            store,
            recipe=recipe.name,
            config=config,
            space=space,
            sampler=chosen.sampler,
            pruner=chosen.pruner,
            trials=chosen.trials,
        )
    found = {"search": search.id, "name": search.title.english, "state": search.state, "trials": search.plan.trials}
    return found, [
        plural(
            "Search {search} started with {n} trial. A running server or `python -m digitlab supervise` runs the "
            "trial; the Runs page shows the search.",
            "Search {search} started with {n} trials. A running server or `python -m digitlab supervise` runs the "
            "trials; the Runs page shows the search.",
            search.plan.trials,
            search=str(search.id),
        )
    ]


def supervise(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.jobs import settings
    from digitlab.jobs.launch import Launcher, LocalProcesses
    from digitlab.jobs.ray_cluster import RayCluster
    from digitlab.jobs.supervisor import Supervisor
    from digitlab.runs import live_events
    from digitlab.store import Store, belonging
    from digitlab.store.records import Job

    pool = settings.checked_pool(chosen.pool) if chosen.pool else settings.pool()
    places = _from_1_to("--places", chosen.places, 10_000) or settings.slots()
    threads = _from_1_to("--threads", chosen.threads, 1024) or settings.threads()
    if not 0 <= chosen.gpus <= 64:
        raise InputError(message("--gpus must be from 0 to 64; the value is {given}.", given=str(chosen.gpus)))
    if not re.fullmatch(r"[\w./+-]+", chosen.python):
        raise InputError(message("--python must name a program; the value is {given}.", given=chosen.python[:80]))
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    started: list[int] = []

    def show(job: Job) -> None:
        started.append(job.id)
        if not chosen.json:
            print(_("Started: {kind} {job}", kind=job.kind, job=str(job.id)), flush=True)

    with Store() as store:
        if not chosen.json:
            print(_("Supervising the queue. Ctrl-C ends this command; the runs go on."), flush=True)
        leave_the_events = live_events.start()
        launcher: Launcher = LocalProcesses()
        if chosen.ray:
            database = belonging.number_of(store.database) or 0
            launcher = RayCluster(chosen.ray, database, threads, chosen.gpus, chosen.python)
        Supervisor(store, places, launcher, pool=pool, threads=threads).run(end, show)
        leave_the_events()
    return {"started": started}, []


def _from_1_to(option: str, value: int | None, most: int) -> int | None:
    if value is not None and not 1 <= value <= most:
        raise InputError(
            message(
                "{option} must be a whole number from 1 to {most}; the value is {given}.",
                option=option,
                most=str(most),
                given=str(value),
            )
        )
    return value


def models(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    found = zoo.models()
    rows = [
        {"name": model.name, "hash": model.hash, "parameters": model.parameters, "test_accuracy": model.test_accuracy}
        for model in found
    ]
    return rows, (
        _(
            "{name} {hash}  {parameters} parameters  {accuracy:.2%}",
            name=f"{row['name']:<24}",
            hash=row["hash"],
            parameters=f"{row['parameters']:>9,}",
            accuracy=row["test_accuracy"],
        )
        for row in rows
    )
