"""The plan of a week: what it is made from, and how it is shown."""
