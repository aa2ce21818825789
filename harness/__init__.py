"""What tests and benchmarks share: the app as a user starts it, a hand that draws, networks of every kind."""
