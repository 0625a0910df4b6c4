"""The floor: engines run on Kafka partitions, exactly once. Knows engines, not tickets."""
