"""Everything that was trained, in one list: the runs of the store, and the models that are here without one."""

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from datetime import datetime

from digitlab.errors import DigitLabError, InputError, ModelError
from digitlab.networks import zoo
from digitlab.networks.zoo import Model, Place
from digitlab.store import Store
from digitlab.store.records import ACTIVE, Run
from digitlab.store.rights import Person, Thing
from digitlab.training.card import config_of
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Step
from digitlab.training.spec import place_of_model
from digitlab.words import message

Card = tuple[Place, str]

SHIPPED = "shipped"  # comes with the project
KEPT = "model"  # was trained here, without a run

_EPOCH = {field.name for field in fields(Epoch) if field.default is MISSING}  # what every card has


@dataclass(frozen=True)
class Training:
    """One training: a run, whatever its state, or a model's card.

    Attributes:
        key: how it is named in a URL: a run's number, or a model's name.
        name: a label.
        state: of a run, or SHIPPED or KEPT.
        best_validation, test_accuracy: 0..1, where they are known.
        seconds: that training took, once it has ended.
        when: when it was asked for, or (a model) ended; seconds since 1970.
        thing: what `rights` decides on.
        run: the run; None for a model without one.
        card: where the model's card is, and its name, where there are weights.
    """

    key: str
    name: str
    state: str
    recipe: str
    parameters: int
    best_validation: float | None
    test_accuracy: float | None
    seconds: float | None
    when: float
    thing: Thing
    note: str = ""
    tags: tuple[str, ...] = ()
    run: Run | None = None
    card: Card | None = None

    @property
    def active(self) -> bool:
        """Whether a worker is at it, so that its figures change."""
        return self.state in ACTIVE

    @property
    def waits(self) -> bool:
        """Whether the training starts by itself."""
        return self.state == "queued"

    @property
    def removable(self) -> bool:
        return self.state != SHIPPED

    def model(self) -> Model | None:
        """Its weights and card; None where there are none (any more)."""
        try:
            return zoo.read_card(*self.card) if self.card else None
        except ModelError:
            return None

    def config(self) -> TrainingConfig:
        """Every setting.

        Raises:
            DigitLabError: another version of the project wrote them.
        """
        if self.run:
            return self.run.spec.config
        assert self.card is not None
        return config_of(zoo.read_card(*self.card).card)


@dataclass(frozen=True)
class Curves:
    """What was logged while it trained. A card keeps epochs only."""

    steps: list[Step]
    epochs: list[Epoch]


def trainings(store: Store, person: Person) -> list[Training]:
    """All that a person may see: runs, newest first, then one's own models without a run, then the shipped ones."""
    runs = [of_run(run) for run in store.runs.all(person)]
    known = {training.card for training in runs}
    others = [_of_model(model, thing) for model, thing in store.models.things(person) if _card(model) not in known]
    return runs + sorted(others, key=lambda training: training.state == SHIPPED)


def find(everything: Iterable[Training], key: str) -> Training:
    """The training with this key.

    Raises:
        InputError: there is none.
    """
    for training in everything:
        if training.key == key:
            return training
    raise InputError(message("There is no run or model “{key}” here.", key=key[:64]))


def curves(store: Store, training: Training) -> Curves:
    """Its metrics so far."""
    if training.run:
        return Curves(store.runs.steps(training.run.id), store.runs.epochs(training.run.id))
    model = training.model()
    rows = model.card.get("epochs", []) if model else []
    known = [{name: value for name, value in row.items() if name in _EPOCH} for row in rows]
    return Curves([], [Epoch(**row) for row in known if len(row) == len(_EPOCH)])


def readable_config(training: Training) -> TrainingConfig | None:
    """Its settings; None where they cannot be read."""
    try:
        return training.config()
    except DigitLabError:
        return None


def of_run(run: Run) -> Training:
    """A run in the form that models without one have, too."""
    return Training(
        key=str(run.id),
        name=run.name,
        state=run.state,
        recipe=run.recipe,
        parameters=run.parameters,
        best_validation=run.best_validation,
        test_accuracy=run.test_accuracy,
        seconds=run.seconds,
        when=run.job.created_at,
        thing=run.job.thing,
        note=run.note,
        tags=run.tags,
        run=run,
        card=_card_of_run(run),
    )


def _card_of_run(run: Run) -> Card | None:
    return None if run.model is None else (place_of_model(run.job.spec) or zoo.TRAINED, run.model)


def _of_model(model: Model, thing: Thing) -> Training:
    validated = [row["val_accuracy"] for row in model.card.get("epochs", []) if row.get("val_accuracy") is not None]
    seconds = model.card.get("seconds")
    return Training(
        key=model.hash if model.name.isdecimal() else model.name,
        name=model.name,
        state=SHIPPED if model.is_shipped else KEPT,
        recipe=str(model.card.get("recipe", "")),
        parameters=model.parameters,
        best_validation=max(validated, default=None),
        test_accuracy=model.test_accuracy,
        seconds=None if seconds is None else float(seconds),
        when=_moment(model.card.get("trained")),
        thing=thing,
        card=_card(model),
    )


def _card(model: Model) -> Card:
    return model.place, model.name


def _moment(text: object) -> float:
    """Seconds since 1970 of a card's date; 0 where it has none."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0
