"""Texts as vectors: one contract, one module per way of making them."""
