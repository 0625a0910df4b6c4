"""`firstreply verify`: what a pipeline has said, against the log counted again by brute force."""
