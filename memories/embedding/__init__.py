"""Embedders turn texts into vectors, so that recall can compare what texts mean."""
