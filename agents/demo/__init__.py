"""`firstreply demo`: the whole pipeline on this machine, with a simulated support centre in which something goes wrong."""
