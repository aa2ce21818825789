"""The page of a run, `/train?run=N`: what it is called, what it came to, and all there is of it."""
