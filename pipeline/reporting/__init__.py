"""A period of the past in numbers: every measure with its differences, by queue, promise, hour and weekday."""
