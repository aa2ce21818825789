"""The page /layers: the network as a strip, a layer opened, and what its numbers mean."""
