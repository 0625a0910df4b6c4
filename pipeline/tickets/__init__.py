"""The life of one ticket: fold, SLA clocks, calendars, and the engine that runs them."""
