"""The commands and their options."""

import argparse
from pathlib import Path

from digitlab import __version__
from digitlab.cli import commands, keeping, own_words
from digitlab.cli.storage import storage as storage_command
from digitlab.insight.attribution import METHODS
from digitlab.networks import zoo
from digitlab.server import serving
from digitlab.training import options
from digitlab.words import _
from digitlab.words.language import LANGUAGES


def parser() -> argparse.ArgumentParser:
    """All commands with their options; docs/reference.md is made from it."""
    own_words.install()
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help=_("print one line of JSON instead of text"))
    common.add_argument("--lang", choices=LANGUAGES, help=_("language (default: the terminal's)"))
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument(
        "--model", default=zoo.DEFAULT, metavar="NAME", help=_("name or hash of the model (default: %(default)s)")
    )
    top = argparse.ArgumentParser(prog="digitlab", description=_("Read digits; measure and train networks."))
    top.add_argument("--version", action="version", version=f"digitlab {__version__}")
    subparsers = top.add_subparsers(required=True, metavar="COMMAND")

    app = subparsers.add_parser("app", parents=[common], help=_("start the web app"))
    app.add_argument(
        "--port", type=int, default=serving.PORT, metavar="N", help=_("port of the server (default: %(default)s)")
    )
    app.add_argument(
        "--address", default="", metavar="A", help=_("name or IP address of the server (default: all of this machine)")
    )
    app.set_defaults(run=commands.app)

    predict = subparsers.add_parser(
        "predict", parents=[common, model], help=_("read digits in pictures, photos or stroke files")
    )
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE", help=_("PNG, JPEG, HEIC … or strokes as JSON"))
    predict.set_defaults(run=commands.predict)

    evaluate = subparsers.add_parser(
        "evaluate", parents=[common, model], help=_("measure accuracy on MNIST's 10,000 test digits")
    )
    evaluate.add_argument(
        "--on",
        choices=("test", "held-out"),
        default="test",
        help=_("test digits, or held-out training digits (default: %(default)s)"),
    )
    evaluate.add_argument("--beside", metavar="NAME", help=_("another model to compare on the same digits"))
    evaluate.set_defaults(run=commands.evaluate)

    score = subparsers.add_parser("score", parents=[common, model], help=_("measure accuracy on a set of pen strokes"))
    score.add_argument(
        "strokes", type=Path, metavar="STROKES.npz", help=_("stroke set; docs/strokes-format.md describes the file")
    )
    score.set_defaults(run=commands.score)

    convert = subparsers.add_parser("strokes", parents=[common], help=_("make a stroke set from the UNIPEN release"))
    convert.add_argument("folder", type=Path, metavar="UNIPEN_FOLDER", help=_("folder with data/1a and include"))
    convert.add_argument("--out", type=Path, required=True, metavar="FILE", help=_("file for the stroke set (.npz)"))
    convert.set_defaults(run=commands.strokes)

    train = subparsers.add_parser("train", parents=[common], help=_("train a recipe"))
    train.add_argument("recipe", metavar="RECIPE", help=_("name of the recipe"))
    train.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help=_("folder for the weights and the card (default: models in DIGITLAB_STORAGE)"),
    )
    options.add_to(train)
    train.set_defaults(run=commands.train)

    search = subparsers.add_parser("search", parents=[common], help=_("search for better settings of a recipe"))
    search.add_argument("recipe", metavar="RECIPE", help=_("name of the recipe"))
    search.add_argument(
        "--vary",
        action="append",
        required=True,
        metavar="NAME=LOW:HIGH[:log]|NAME=VALUE,VALUE,…",
        help=_(
            "option of train, augmentation.NAME, or network.NAME (blocks, filters, kernel), and values to try; can be "
            "repeated"
        ),
    )
    search.add_argument(
        "--sampler",
        default="tpe",
        metavar="NAME",
        help=_("tpe, random or grid: chooses the settings of each trial (default: %(default)s)"),
    )
    search.add_argument(
        "--pruner",
        default=None,
        metavar="NAME",
        help=_("median, halving or none: stops trials early (default: median; none for a grid)"),
    )
    search.add_argument(
        "--trials",
        type=int,
        default=20,
        metavar="N",
        help=_("number of trials; a grid has all combinations (default: %(default)s)"),
    )
    search.add_argument("--epochs", type=int, default=3, metavar="N", help=_("epochs per trial (default: %(default)s)"))
    search.add_argument(
        "--digits", type=int, default=5000, metavar="N", help=_("training digits per trial (default: %(default)s)")
    )
    search.set_defaults(run=commands.search)

    keeping.add_runs(subparsers.add_parser("runs", parents=[common], help=_("list, hide or delete training runs")))
    keeping.add_drawings(
        subparsers.add_parser("drawings", parents=[common], help=_("list, unshare or delete visitors' saved drawings"))
    )

    supervise = subparsers.add_parser("supervise", parents=[common], help=_("start queued runs without a server"))
    supervise.add_argument("--pool", metavar="NAME", help=_("pool to serve (default: DIGITLAB_POOL, or default)"))
    supervise.add_argument("--ray", metavar="ADDRESS", help=_("Ray cluster for the workers, as http://head:8265"))
    supervise.add_argument("--places", type=int, metavar="N", help=_("jobs at once (default: DIGITLAB_SLOTS)"))
    supervise.add_argument(
        "--threads", type=int, metavar="T", help=_("processor threads of a job (default: its share)")
    )
    supervise.add_argument("--gpus", type=float, default=0.0, metavar="G", help=_("graphics processors of a job"))
    supervise.add_argument("--python", default="python", metavar="PROGRAM", help=_("Python on the nodes, with --ray"))
    supervise.set_defaults(run=commands.supervise)

    storage = subparsers.add_parser("storage", parents=[common], help=_("list what is damaged, or move all files"))
    storage.add_argument("act", choices=("check", "move"), help=_("read everything, or move the files elsewhere"))
    storage.add_argument("target", nargs="?", metavar="PLACE", help=_("for move: a folder, or s3://bucket/prefix"))
    storage.add_argument("--save", type=Path, metavar="FILE", help=_("new database for all rows that can be read"))
    storage.set_defaults(run=storage_command)

    models = subparsers.add_parser("models", parents=[common], help=_("list the trained models"))
    models.set_defaults(run=commands.models)

    explain = subparsers.add_parser("explain", parents=[common, model], help=_("show which pixels explain an answer"))
    explain.add_argument("picture", type=Path, metavar="PICTURE", help=_("PNG, JPEG, WebP … or strokes as JSON"))
    explain.add_argument(
        "--method", choices=METHODS, default="grad-cam", help=_("attribution method (default: %(default)s)")
    )
    explain.add_argument(
        "--digit", type=int, choices=range(10), help=_("digit whose score is explained (default: the answer)")
    )
    explain.add_argument("--layer", metavar="NAME", help=_("layer for grad-cam (default: the last convolution)"))
    explain.add_argument("--out", type=Path, required=True, metavar="FILE.png", help=_("file for the picture"))
    explain.set_defaults(run=commands.explain)

    lesson = subparsers.add_parser("lesson", parents=[common], help=_("write a lesson as a notebook or a script"))
    lesson.add_argument("recipe", metavar="RECIPE", help=_("name of a tutorial's recipe"))
    lesson.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="FILE",
        help=_("a notebook (.ipynb) or a script (.py), by the file's ending"),
    )
    lesson.set_defaults(run=commands.lesson)

    imported = subparsers.add_parser("import", parents=[common], help=_("import your own Keras model"))
    imported.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help=_(".keras or .h5 file with one picture as input and ten numbers as output"),
    )
    imported.add_argument(
        "--name", default="", metavar="NAME", help=_("name of the model in DigitLab (default: the file's name)")
    )
    imported.add_argument(
        "--output",
        default="",
        metavar="NAME",
        help=_("output that gives the answer (default: the one with ten numbers)"),
    )
    imported.set_defaults(run=commands.import_model)
    return top
