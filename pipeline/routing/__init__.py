"""What a router needs to know of a queue, made from what the pipeline has said: service levels and ticket clocks."""
