"""Mutation testing of the ticket fold and the windows, with mutmut, on a seeded sample of the mutants."""
