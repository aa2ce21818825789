"""How a recipe that learns from pen digits reads writers that it never saw: `python -m benchmarks.folds STROKES.npz`.

The writers are dealt into folds. For each fold a network is trained without its writers and measured on them; what is
printed is each fold and the mean. `--only 0,1` trains some of the folds, to choose settings by (`--copies`, `--habits`,
`--epochs` and every other option of `digitlab train`): it shows the checking kinds of non-digits and the held-out
training digits. Without it, for a choice that is made, all are trained, and then the measuring kinds, drawn from a
fresh seed, MNIST's test digits and what is lost by a slant, a turn and another pen are measured, too, and a file is
written from which `python -m benchmarks.measured` fills a model's card. `--only 0,1 --final` does the same with some of
the folds, where there is no time for all.

Killed and started again, it goes on with the same run at its newest checkpoint; what is finished is kept in --home.
The threshold is set again each time, for the share of digits that is to be answered (`--answered`): no network is
trained for another share.
"""

import argparse
import hashlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import robustness
from benchmarks.fold_figures import COMMAND, Measured, other_thresholds, summary, table
from benchmarks.measured import AIMS, Figure, shares
from benchmarks.nondigits import KINDS_CHECKING, KINDS_MEASURING
from benchmarks.refusals import energies_by_kind
from digitlab import files, home
from digitlab.data import mnist, pen_digits
from digitlab.data.nondigits import KINDS_CHOOSING
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import StrokeSet
from digitlab.errors import DigitLabError, InputError
from digitlab.jobs import launch, orders, settings
from digitlab.jobs.supervisor import Supervisor
from digitlab.networks import zoo
from digitlab.networks.predictor import Predictor, energies
from digitlab.networks.zoo import Model
from digitlab.store import Store
from digitlab.store.records import ACTIVE, Run
from digitlab.store.rights import OPERATOR
from digitlab.training import options, recipes
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Event
from digitlab.work import performing
from digitlab.work.exchange import Exchange
from digitlab.work.worker import PATIENCE

SEED = 51_000  # of the measuring kinds, a fold's number added: used here alone, when all thresholds are fixed


# --- training ---------------------------------------------------------------------------------------


def trained(store: Store, config: TrainingConfig, name: str, leave: threading.Event) -> Model | None:
    """The model of a configuration: trained now, gone on with, or found; None if it was asked to leave.

    Raises:
        DigitLabError: the run failed, or another process is at work on it.
    """
    run = _run(store, config, name)
    if run.state not in ("finished", "stopped"):
        if run.state in ACTIVE:
            raise DigitLabError(f"Run {run.id} ({name}) is at work in another process; wait for it, or end it.")
        if run.state != "queued":
            store.jobs.resume(OPERATOR, run.id)
        job = store.jobs.claim_this(run.id)
        if job is None:
            raise DigitLabError(f"Run {run.id} ({name}) was taken by another process.")
        store.jobs.started(job, launch.own_name())
        with Exchange(store, job) as exchange:
            performing.perform(store, exchange, _teller(name, config), leaves=leave.is_set)
        run = store.runs.get(run.id)
    if leave.is_set() and run.state != "finished":
        return None
    if run.state != "finished" or run.model is None:
        raise DigitLabError(f"Run {run.id} ({name}) is {run.state}: {run.job.reason}")
    return zoo.find(run.model)


def _run(store: Store, config: TrainingConfig, name: str) -> Run:
    Supervisor(store, slots=0).look()  # a run whose process was killed is found out
    for run in store.runs.all():
        if run.name == name and _for_any_share(run.spec.config) == _for_any_share(config):
            return run
    return store.runs.get(orders.submit(OPERATOR, store, config, name=name, recipe=zoo.DEFAULT).id)


def _for_any_share(config: TrainingConfig) -> TrainingConfig:
    """The configuration without what decides on the threshold alone."""
    return replace(config, exposure=config.exposure and replace(config.exposure, answered=1.0))


def _teller(name: str, config: TrainingConfig) -> Callable[[Event], None]:
    def tell(event: Event) -> None:
        if isinstance(event, Epoch):
            figures = f"loss {event.loss:.4f}, held out {event.val_accuracy or 0:.4f}, {event.seconds:.0f} s"
            print(f"{name}: epoch {event.epoch} of {config.epochs}: {figures}", file=sys.stderr, flush=True)

    return tell


# --- measuring --------------------------------------------------------------------------------------


def measure(model: Model, config: TrainingConfig, strokes: StrokeSet, final: bool) -> Measured:
    """A fold's model on the fold's writers; with `final` also what may be looked at only once all is chosen."""
    assert config.strokes is not None
    folds, fold = config.strokes.folds, config.strokes.fold
    predictor = zoo.open_model(model.name)
    if predictor.threshold is None or config.exposure is None:
        raise InputError("Folds are for recipes that learn what is no digit.")
    mine = strokes.rows(pen_digits.rows(strokes, folds, fold, left_out=True))
    theirs = strokes.rows(pen_digits.rows(strokes, folds, fold))
    outputs = _read(predictor, mine)
    right = outputs.argmax(axis=1) == mine.labels
    data, size = mnist.load(), config.validation_size
    held_out = slice(0, size) if config.validation == "first" else slice(len(data.x_train) - size, len(data.x_train))
    on_held_out = predictor.outputs(mnist.scaled(data.x_train[held_out]))
    found = {
        "digits": energies(outputs),
        "learned": energies(_read(predictor, theirs)),
        "held out": energies(on_held_out),
    }
    figures = dict.fromkeys(("answered", "read", "checking", *(["measuring"] if final else [])), 0.0) | {
        "clean": float(right.mean()),
        "held out": float((on_held_out.argmax(axis=1) == data.y_train[held_out]).mean()),
    }
    kinds = energies_by_kind(predictor, KINDS_CHECKING)
    if final:
        measuring = energies_by_kind(predictor, KINDS_MEASURING, SEED + fold)
        choosing = energies_by_kind(predictor, KINDS_CHOOSING)
        figures["test"] = float((predictor.outputs(mnist.scaled(data.x_test)).argmax(axis=1) == data.y_test).mean())
        kinds = kinds | measuring | choosing
        for reading in robustness.measure(mine, predictor.probabilities, legible_only=True):
            figures[f"{reading.change} {reading.amount:g} {reading.size:g}"] = reading.loss
        figures |= {f"stage {name}": share for name, share in shares(model, mine).items()}
    above = {name: values - predictor.threshold for name, values in (found | kinds).items()}
    return Measured(figures, above, right).with_threshold(config.exposure.answered)


def _read(predictor: Predictor, strokes: StrokeSet) -> NDArray[np.float32]:
    return predictor.outputs(np.stack([prepare(drawing) for drawing in strokes.drawings]))


# --- the command ------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.folds", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="STROKES.npz")
    parser.add_argument("--folds", type=int, default=5, help="groups of writers (default: %(default)s)")
    parser.add_argument("--only", default="", metavar="0,1,…", help="these folds, to choose settings by")
    parser.add_argument("--final", action="store_true", help="measure them as for a choice that is made")
    parser.add_argument("--answered", type=float, metavar="SHARE", help="the threshold's (default: the recipe's)")
    parser.add_argument("--home", type=Path, help="where runs and results are kept (default: DIGITLAB_HOME/folds)")
    parser.add_argument("--out", type=Path, help="the file for cards (default: folds.json beside the results)")
    for name in ("copies", "coarse"):
        kind, text = options.PEN[name]
        parser.add_argument(f"--{name}", dest=f"pen_{name}", type=kind, help=text.english)
    options.add_settings_to(parser)
    chosen = parser.parse_args(arguments)
    os.environ["DIGITLAB_HOME"] = str((chosen.home or home.path() / "folds").resolve())
    try:
        return _main(chosen)
    except DigitLabError as error:
        print(error, file=sys.stderr)
        return 2


def _main(chosen: argparse.Namespace) -> int:
    numbers = _numbers(chosen.only, chosen.folds)
    final = chosen.final or not chosen.only
    strokes = StrokeSet.load(chosen.file)
    leave = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave.set())
    settings.use_threads(settings.threads())
    found: dict[int, Measured] = {}
    with Store(busy_seconds=PATIENCE) as store:
        for fold in numbers:
            asked = vars(chosen) | {"strokes": chosen.file, "pen_folds": chosen.folds, "pen_fold": fold}
            config = options.changed(recipes.find(zoo.DEFAULT).config, argparse.Namespace(**asked))
            if config.exposure is None:
                raise InputError("Folds are for recipes that learn what is no digit.")
            share = config.exposure.answered if chosen.answered is None else chosen.answered
            config = replace(config, exposure=replace(config.exposure, answered=share))
            name = f"fold {fold} of {chosen.folds}"
            model = trained(store, config, name, leave)
            if model is None:
                print("Left; started again, it goes on from here.", file=sys.stderr)
                return 1
            file = home.path() / "measured" / model.hash / f"{'final' if final else 'choosing'}-{_kinds()}.npz"
            if not file.is_file():
                measure(model, config, strokes, final).save(file)
            found[fold] = Measured.load(file).with_threshold(share)
            if not final:
                print(f"{name}: clean {found[fold].figures['clean']:.4f}", file=sys.stderr, flush=True)
    columns = {name: name for name in AIMS} | {"refused (checking kinds)": "checking", "held-out digits": "held out"}
    kinds: Sequence[str] = KINDS_CHECKING
    if final:
        kinds = KINDS_MEASURING
        columns |= {"refused (measuring kinds)": "measuring", "MNIST's test digits": "test"}
    for line in [*table(found, columns), "", *other_thresholds(list(found.values()), kinds)]:
        print(line)
    if final:
        out = chosen.out or home.path() / "folds.json"
        command = f"{COMMAND} --only {chosen.only} --final" if chosen.only else COMMAND
        made = summary(list(found.values()), config, command)
        files.write(out, (json.dumps(made, indent=2, ensure_ascii=False) + "\n").encode())
        print(f"\nwritten to {out}; `python -m benchmarks.measured {chosen.file} --folds {out}` takes it into the card")
        return int(any(Figure(**figure).missed for figure in made["figures"]))
    return 0


def _kinds() -> str:
    """Stands for the kinds of non-digits that are measured: with others, what was measured before is of no use."""
    names = [str(SEED), *KINDS_CHOOSING, *KINDS_CHECKING, *KINDS_MEASURING]
    return hashlib.sha256("|".join(names).encode()).hexdigest()[:8]


def _numbers(only: str, folds: int) -> list[int]:
    if not only:
        return list(range(folds))
    parts = only.split(",")
    if not all(part.isdecimal() and int(part) < folds for part in parts):
        raise InputError(f"--only takes numbers from 0 to {folds - 1}, by commas; it is {only!r}.")
    return sorted({int(part) for part in parts})


if __name__ == "__main__":
    sys.exit(main())
