"""Calendars from outside: country holidays and iCalendar files, written out as dated hours before the core sees them."""
