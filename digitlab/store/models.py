"""Whose the trained models are, and which of them a person sees; their files are `zoo`'s."""

from dataclasses import dataclass

import sqlalchemy as sa

from digitlab import home
from digitlab.errors import ModelError
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.store.database import Database
from digitlab.store.rights import Person, Thing, may
from digitlab.store.tables import jobs, models, runs
from digitlab.words import Message, message


@dataclass(frozen=True)
class Origin:
    """The run that trained a model: its number and its label."""

    run: int
    title: Message


class Models:
    """All models of the server. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen(self, person: Person) -> list[Model]:
        """The models that a person may see, in the order of `zoo.models`."""
        return [model for model, _ in self.things(person)]

    def things(self, person: Person) -> list[tuple[Model, Thing]]:
        """The same, each with what `rights` decides on."""
        whose = self._whose()
        found = [(model, _thing(model, whose)) for model in zoo.models()]
        return [(model, thing) for model, thing in found if may(person, "see", thing)]

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
        return _thing(model, self._whose())

    def origins(self, person: Person) -> dict[str, Origin]:
        """The runs that trained the models here, as far as this person may see them, by the models' names.

        Where two runs came to the same weights it is the older one.
        """
        elsewhere = jobs.c.spec["out"].as_string()  # a model there is called as its recipe is
        columns = (runs.c.job, runs.c.name, runs.c.model, jobs.c.owner, jobs.c.classroom, jobs.c.shared)
        query = sa.select(*columns).join(jobs, runs.c.job == jobs.c.id).order_by(runs.c.job.desc())
        with self._database.read() as connection:
            rows = connection.execute(query.where(runs.c.model.is_not(None), elsewhere.is_(None))).all()
        return {
            row.model: Origin(row.job, row.name)
            for row in rows
            if may(person, "see", Thing("run", row.owner, row.classroom, row.shared))
        }

    def forget(self, model: Model) -> None:
        """A model's files are gone."""
        with self._database.write() as connection:
            connection.execute(sa.delete(models).where(models.c.name == model.name))

    def _whose(self) -> dict[str, Thing]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(models)).all()
        return {row.name: Thing("model", row.owner, row.classroom, row.shared) for row in rows}


def _thing(model: Model, whose: dict[str, Thing]) -> Thing:
    if model.file.parent == home.SHIPPED_MODELS:
        return Thing("model", None, shipped=True)
    return whose.get(model.name, Thing("model", None))
