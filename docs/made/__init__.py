"""Pages that are made from the code: `docs.generate` writes them."""
