"""Search over settings: which trials to make, made one after the other by the queue, and what they tell.

A search is a row. While it runs, the supervisor puts its next trial into the queue whenever one has ended; a trial is a
run like any other. Its worker asks Optuna for the settings when the trial begins, reports the validation accuracy after
each epoch and is told when there is no hope. Optuna keeps what it knows in the same database, in tables of its own.
"""
