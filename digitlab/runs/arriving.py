"""What comes along when a browser logs in to an account: all that it has."""

from digitlab.data import drawn
from digitlab.store import Store


def arrive(store: Store, browser: str, account: str, login: str) -> bool:
    """Attach a browser to an account, as `Accounts.attach` does, with the sets of drawings that its runs learn from.

    Each session of the login does so: what an end of the server left behind follows then.

    Raises:
        DigitLabError: the database or the place for files cannot be used.
    """
    attached = store.accounts.attach(browser, account, login)
    if attached and not store.drawings.counts(browser)[0]:  # a teacher's may have stayed
        drawn.move(browser, account)
    return attached
