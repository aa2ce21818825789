"""The page /samples: the digits that everything was learned from, and what a network makes of them."""
