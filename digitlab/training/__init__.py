"""Training a network: what can be set, the recipes, and the one function that does it."""
