"""Teaching: drawings that visitors correct and keep, and what a network learns from them."""
