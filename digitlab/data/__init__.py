"""MNIST, the ways to vary its digits, and things that are no digit."""
