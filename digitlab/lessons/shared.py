"""Steps and pieces of code that several lessons have."""

from digitlab.lessons.lesson import Live, Step, piece
from digitlab.words import message

QUESTIONS = Step(
    key="questions",
    title=message("Three questions"),
    text=message(
        "Change one thing, say first what will happen, then run it. The result appears here beside the saved run as "
        "soon as yours has ended."
    ),
    code="",
    live=Live.QUESTIONS,
)

PRINT_LOG = piece(
    """
    for epoch, line in enumerate(history, start=1):
        print(epoch, {name: round(value, 4) for name, value in line.items()})
    """
)
PRINT_TEST = piece(
    """
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test accuracy {accuracy:.2%}, test loss {loss:.4f}")
    """
)
