"""The Runs page: what was trained, what was found, and what comes of comparing it."""
