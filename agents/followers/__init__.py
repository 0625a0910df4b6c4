"""Following compacted topics: every partition, from the beginning, whole and in order."""
