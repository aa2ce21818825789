"""The Runs page: all runs and models, and their comparison."""
