"""What the newest records of the compacted topics say together: the state behind the HTTP API and the live board. Pure."""
