"""The Train page: starting a run, watching it, telling it what to do."""
