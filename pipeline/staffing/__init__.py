"""How many responders it takes: Erlang B, C and A for customers who wait on the line, due dates for work that may wait."""
