"""What the project is asked for, row by row, and which tests hold it to that: `python -m tests.support.mission`."""
