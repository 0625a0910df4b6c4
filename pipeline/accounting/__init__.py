"""Where every number comes from: a ticket's life told step by step, and the tickets behind a number."""
