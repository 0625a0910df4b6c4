"""`make stack`: everything that docker-compose.yml starts, on this machine, without Docker."""
