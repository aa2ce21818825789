"""What a member of a class may have, besides what the server allows everybody: the teacher sets that."""

from collections.abc import Callable

from digitlab.errors import InputError
from digitlab.jobs import limits
from digitlab.jobs.limits import Cost, gigabytes
from digitlab.store import Store
from digitlab.store.class_settings import ClassSettings
from digitlab.store.records import Usage, Used
from digitlab.store.rights import Person
from digitlab.words import Message, message, plural_message

_MEGABYTE = 1e6
_BILLION = 1e9


def allow(person: Person, store: Store, cost: Cost, runs: int = 1) -> Callable[[Used], None]:
    """What the store asks in its transaction; it raises an InputError where server or class allow no more."""
    server = limits.limits().allow(cost, runs)
    settings = store.classes.settings_for(person)

    def ask(used: Used) -> None:
        server(used)
        if settings and (sentence := _too_much(settings, used.person, cost, runs)):
            raise InputError(sentence)

    return ask


def check_recipe(person: Person, store: Store, recipe: str) -> None:
    """See that this person's class trains this recipe.

    Raises:
        InputError: its teacher offers others.
    """
    settings = store.classes.settings_for(person)
    if settings and settings.recipes and recipe not in settings.recipes:
        raise InputError(message("Your class trains these recipes: {recipes}.", recipes=", ".join(settings.recipes)))


def left(store: Store, person: Person, cost: Cost, runs: int = 1) -> str | None:
    """Why this person, the reader, cannot start such a run now, a sentence; the store asks again when they do."""
    settings = store.classes.settings_for(person)
    if settings and (sentence := _too_much(settings, store.usages.of(person).person, cost, runs)):
        return str(sentence)
    return limits.left(store, person, cost, runs)


def still(store: Store, person: Person) -> str | None:
    """What a member of a class has left, a sentence; None for others."""
    settings = store.classes.settings_for(person)
    if settings is None:
        return None
    used = store.usages.of(person).person
    return str(
        message(
            "Left for you in this class: {runs} of {most_runs} runs and {size} of {most_size}.",
            runs=max(0, settings.waiting - used.waiting),
            most_runs=settings.waiting,
            size=gigabytes(max(0.0, settings.megabytes * _MEGABYTE - used.stored)),
            most_size=gigabytes(settings.megabytes * _MEGABYTE),
        )
    )


def _too_much(settings: ClassSettings, usage: Usage, cost: Cost, runs: int) -> Message | None:
    if cost.epochs > settings.epochs:
        return message(
            "This run has {epochs:.0f} epochs; your class allows {most}. Take fewer epochs.",
            epochs=cost.epochs,
            most=settings.epochs,
        )
    if cost.multiply_adds > settings.work * _BILLION:
        return message(
            "This run needs {count} billion multiply-adds; your class allows {most}. Take fewer epochs or digits.",
            count=int(cost.multiply_adds / _BILLION),
            most=settings.work,
        )
    if runs > 1 and runs > settings.trials:
        return message("This search has {n} trials; your class allows {most}.", n=runs, most=settings.trials)
    if usage.waiting + 1 > settings.waiting:
        return plural_message(
            "You have {n} unfinished run; your class allows {most}. Wait until a run ends, or cancel one.",
            "You have {n} unfinished runs; your class allows {most}. Wait until a run ends, or cancel one.",
            usage.waiting,
            most=settings.waiting,
        )
    if usage.stored + min(runs, 1) * cost.checkpoint_bytes > settings.megabytes * _MEGABYTE:
        return message(
            "Your checkpoints would need more than your class allows, {most}. Delete runs that you do not need.",
            most=gigabytes(settings.megabytes * _MEGABYTE),
        )
    return None
