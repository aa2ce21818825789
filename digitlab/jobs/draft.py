"""A run that somebody is about to start: what it is made from and what was changed, with everything that is wrong.

A draft holds what was typed, even where it is out of range, so that the form can say so beside the field. The one check
is `TrainingConfig`'s and its table's.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from digitlab.data.augmentation import Augmentation
from digitlab.errors import DigitLabError, InputError
from digitlab.networks import block_layers
from digitlab.networks.blocks import Blocks
from digitlab.networks.graph import Network
from digitlab.store import Store
from digitlab.store.rights import Person
from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import RECIPES
from digitlab.training.settings import SETTINGS
from digitlab.words import message

FIRST = "two-conv-64-dropout"  # the recipe that a newcomer meets
NETWORK, AUGMENTATION, ALL = "network", "augmentation", ""  # what a problem may concern besides a setting


@dataclass(frozen=True)
class Draft:
    """Choices for a new run.

    Attributes:
        recipe: where the settings come from.
        like: a run whose settings they come from in the place of a recipe's.
        fork_at: step of a checkpoint of that run to begin with; None: start from scratch.
        blocks: the network, where it was built by hand.
        changes: settings by name, as they were typed.
        variation: augmentation by name, {} for none at all; None: as before.
    """

    recipe: str = FIRST
    like: int | None = None
    fork_at: int | None = None
    blocks: Blocks | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    variation: Mapping[str, float] | None = None

    def base(self, store: Store, person: Person) -> TrainingConfig:
        """The configuration before any change.

        Raises:
            InputError: there is no such recipe or run.
            DataError: the run's settings cannot be read.
        """
        if self.like is not None:
            return store.runs.seen(person, self.like).spec.config
        if self.recipe not in RECIPES:
            raise InputError(message("There is no recipe “{recipe}”; choose one below.", recipe=self.recipe[:40]))
        return RECIPES[self.recipe].config

    def with_change(self, base: TrainingConfig, name: str, value: Any) -> "Draft":
        """With another value of a setting; one that is the base's is no change."""
        others = {key: kept for key, kept in self.changes.items() if key != name}
        if value != getattr(base, name):
            others[name] = value
        return replace(self, changes=others)

    def value(self, base: TrainingConfig, name: str) -> Any:
        """A setting as it stands."""
        return self.changes.get(name, getattr(base, name))

    def amounts(self, base: TrainingConfig) -> dict[str, float]:
        """The augmentation as it stands, every amount by name."""
        if self.variation is None:
            return asdict(base.augmentation or Augmentation())
        return asdict(Augmentation()) | dict(self.variation)

    def network(self, base: TrainingConfig) -> Network:
        """The network as it stands.

        Raises:
            InputError: it is impossible.
        """
        return block_layers.network(self.blocks) if self.blocks else base.network

    def augmentation(self, base: TrainingConfig) -> Augmentation | None:
        """The augmentation as it stands; None where digits are left as they are.

        Raises:
            InputError: an amount is out of range.
        """
        if self.variation is None:
            return base.augmentation
        return Augmentation(**dict(self.variation)) if self.variation else None

    def problems(self, base: TrainingConfig) -> dict[str, str]:
        """What is wrong, a sentence each, by setting, NETWORK, AUGMENTATION, or ALL for what concerns several."""
        found: dict[str, str] = {}
        for name, value in self.changes.items():
            try:
                SETTINGS[name].check(value)
            except InputError as error:
                found[name] = error.sentence
        for part, make in ((NETWORK, self.network), (AUGMENTATION, self.augmentation)):
            try:
                make(base)
            except InputError as error:
                found[part] = error.sentence
        if not found:
            try:
                self.config(base)
            except DigitLabError as error:
                found[ALL] = error.sentence
        return found

    def config(self, base: TrainingConfig) -> TrainingConfig:
        """The run's configuration.

        Raises:
            InputError: something is out of range or does not fit together.
        """
        settings = dict(self.changes)
        if settings.get("validation") in ("none", "test"):
            settings.pop("validation_size", None)  # the form does not show it any more
        network = self.network(base)
        exposure = base.exposure if network.gives_logits else None  # non-digits need logits
        made: dict[str, Any] = {"network": network, "augmentation": self.augmentation(base), "exposure": exposure}
        # A visitor's drawings are for the run that they started, strokes for who has their file.
        return base.with_changes(**made, drawings=None, strokes=None, **settings)
