"""From what a person drew to the 28×28 picture that a network reads."""
