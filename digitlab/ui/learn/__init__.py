"""The Learn page: lessons, step by step, each step with a part that is computed."""
