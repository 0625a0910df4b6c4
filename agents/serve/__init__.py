"""The HTTP API and the live board: what the compacted topics say, for people and for programs without Kafka."""
