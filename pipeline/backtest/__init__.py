"""What other rules and promises would have said of the past, beside the present ones."""
