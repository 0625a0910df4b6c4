"""The shell of firstreply: Faust agents, Kafka, HTTP, metrics and the command line."""
