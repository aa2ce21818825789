"""What runs and networks are called on every page: "Run 10 · three layers · 96.10%".

A run is called by its number and its name, so a network that a run trained is called as the run is, and a new name of
the run stands everywhere at once. A network without a run is called by its own name.
"""

from collections.abc import Iterable

from digitlab.errors import StoreError
from digitlab.networks.zoo import Model
from digitlab.runs.trainings import SHIPPED, Training
from digitlab.server.store import store
from digitlab.store.models import Origin
from digitlab.store.records import Run
from digitlab.store.rights import may
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import plain
from digitlab.words import Message, _

_SHORT_HASH = 4  # characters that tell two networks of one name apart


def of_run(run: Run, *, figure: bool = True) -> str:
    """A run's name.

    Args:
        figure: whether its test accuracy, where that is known, ends the name.
    """
    return of_number(run.id, run.name, run.test_accuracy if figure else None)


def of_training(training: Training, *, figure: bool = True) -> str:
    """The name of a run, or of a model that has none."""
    if training.run:
        return of_run(training.run, figure=figure)
    model = training.model() if figure or training.state != SHIPPED else None  # a table asks for many
    return _alone(model, figure=figure) if model else training.name


def of_models(models: Iterable[Model], *, figure: bool = True) -> dict[str, str]:
    """The names of networks, by the names of their files."""
    origins = _origins()
    named = {}
    for model in models:
        accuracy = model.test_accuracy if figure else None
        if model.is_trained_here and (origin := origins.get(model.name)):
            named[model.name] = of_number(origin.run, str(origin.title), accuracy)
        elif model.replaced_by is not None:
            named[model.name] = _earlier(model.replaced_by, accuracy) or _alone(model, figure=figure)
        else:
            named[model.name] = _alone(model, figure=figure)
    return named


def of_model(model: Model, *, figure: bool = False) -> str:
    """The name of a network, for a sentence."""
    return of_models([model], figure=figure)[model.name]


def in_text(model: Model) -> str:
    """The same for a text that is read as Markdown."""
    return plain(of_model(model))


def label_of(model: Model) -> Message | str:
    """A network's name alone, for the name of a run that goes on with it."""
    origin = _origins().get(model.name) if model.is_trained_here else None
    return origin.title if origin else model.name.removesuffix(f"-{model.hash}")


def of_number(number: int, name: str, accuracy: float | None = None) -> str:
    """A run's name from its parts."""
    if accuracy is None:
        return _("Run {run} · {name}", run=str(number), name=name)
    return _("Run {run} · {name} · {accuracy:.2%}", run=str(number), name=name, accuracy=accuracy)


def _origins() -> dict[str, Origin]:
    try:
        return store().models.origins(visitor.person())
    except StoreError:  # a network can be opened without the database
        return {}


def _earlier(number: int, accuracy: float | None) -> str | None:
    """The name of weights that a run had before it trained for more epochs."""
    run = store().runs.some([number]).get(number)
    if run is None or not may(visitor.person(), "see", run.job.thing):
        return None
    return _("{name}, earlier weights", name=of_number(number, run.name, accuracy))


def _alone(model: Model, *, figure: bool) -> str:
    """A network that no run names: it comes with the project, was imported, or its run was deleted."""
    name = model.name
    if model.is_trained_here and name.endswith(f"-{model.hash}"):
        name = _("{name} ({hash})", name=name.removesuffix(f"-{model.hash}"), hash=model.hash[:_SHORT_HASH])
    return _("{name} · {accuracy:.2%}", name=name, accuracy=model.test_accuracy) if figure else name
