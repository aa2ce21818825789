"""Search over settings: which trials to make, made one after the other by the queue, and what they tell.

A search is a row. While it runs, the supervisor puts its next trial into the queue whenever one has ended; a trial is a
run like any other. Its worker asks Optuna for the settings when the trial begins, reports the validation accuracy after
each epoch and prunes the trial where Optuna says so. Optuna keeps its records in the same database, in its own tables.
"""
