"""What the numbers mean: the FRT-jump rule and the life of an alert."""
