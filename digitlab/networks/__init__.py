"""Networks as data: layer records, the Keras models made from them, and the trained ones we have."""
