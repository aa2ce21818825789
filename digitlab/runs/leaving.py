"""What goes when somebody leaves a class, and when a class is over: all that was made in it by them, or by all."""

from contextlib import suppress

from digitlab.data import drawn
from digitlab.errors import InputError
from digitlab.runs.removal import remove
from digitlab.runs.trainings import trainings
from digitlab.search import study
from digitlab.store import Store
from digitlab.store.rights import OPERATOR, Person, check


def leave(person: Person, store: Store) -> None:
    """Take a member out of their class, with everything that is theirs.

    Raises:
        InputError: they are in no class, or a run did not stop in time.
    """
    assert person.browser is not None, "who is in a class has a cookie"
    store.members.remove(person, person.browser)
    drawn.forget(person.browser, store.drawings.delete_all(person))
    store.slices.delete_all(person)
    for search in store.searches.all(OPERATOR):
        if search.owner == person.browser:
            _forget_search(store, search.id)
    for training in trainings(store, OPERATOR):
        if training.thing.owner == person.browser:
            remove(OPERATOR, store, training, with_model=True)


def end(person: Person, store: Store, number: int) -> None:
    """Delete a class with all that was made in it.

    Raises:
        InputError: it is another's, or a run did not stop in time.
    """
    check(person, "delete", store.classes.get(person, number).thing)
    for browser, drawings in store.drawings.of_class(number).items():
        store.drawings.delete(OPERATOR, drawings)
        drawn.forget(browser, drawings)
    store.slices.delete_of_class(number)
    for search in store.searches.all(OPERATOR):
        if search.classroom == number:
            _forget_search(store, search.id)
    for training in trainings(store, OPERATOR):
        if training.thing.classroom == number:
            remove(OPERATOR, store, training, with_model=True)
    store.classes.delete(person, number)


def _forget_search(store: Store, search: int) -> None:
    with suppress(InputError):  # it does not run
        store.searches.stop(OPERATOR, search)
    found = store.searches.get(search)
    store.searches.delete(OPERATOR, search)
    study.forget(store, found)
