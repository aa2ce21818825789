"""Whose the trained models are, and which of them a person sees; their files are `zoo`'s."""

import sqlalchemy as sa

from digitlab import home
from digitlab.errors import ModelError
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.store.database import Database
from digitlab.store.rights import Person, Thing, classes_exist, may
from digitlab.store.tables import models
from digitlab.words import message


class Models:
    """All models of the server. Every method is one transaction, or none where there are no classes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen(self, person: Person) -> list[Model]:
        """The models that a person may see, in the order of `zoo.models`."""
        found = zoo.models()
        if not classes_exist():
            return found
        whose = self._whose()
        return [model for model in found if may(person, "see", _thing(model, whose))]

    def find(self, person: Person, name: str) -> Model:
        """The model with this name, or whose hash begins with it, as `zoo.find` looks for it.

        Raises:
            ModelError: there is none that this person may see.
        """
        model = zoo.find(name)
        if not may(person, "see", self.thing(model)):
            raise ModelError(message("There is no model {name}.", name=name[:64]))
        return model

    def thing(self, model: Model) -> Thing:
        """What `rights` decides on."""
        return _thing(model, self._whose() if classes_exist() else {})

    def forget(self, model: Model) -> None:
        """A model's files are gone."""
        with self._database.write() as connection:
            connection.execute(sa.delete(models).where(models.c.name == model.name))

    def _whose(self) -> dict[str, Thing]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(models.c.name, models.c.owner, models.c.classroom)).all()
        return {row.name: Thing("model", row.owner, row.classroom) for row in rows}


def _thing(model: Model, whose: dict[str, Thing]) -> Thing:
    if model.file.parent == home.SHIPPED_MODELS:
        return Thing("model", None, shipped=True)
    return whose.get(model.name, Thing("model", None))
