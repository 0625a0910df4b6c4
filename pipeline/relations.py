"""Configured relations: which contacts of a customer belong together, and what tickets are about."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from pipeline.duration import Millis, show

DAY_MS = 86_400_000
SALT_LENGTH = 16


class CustomersModel(BaseModel):
    """Measures of customers rather than of tickets: repeats, journeys, retention. Off unless this section is there."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    salt: SecretStr
    """Keys the hash that stands for a customer's id wherever the pipeline keeps it: a secret, and the same for good."""
    horizon: Millis = 7 * DAY_MS
    """A related contact within this time of a solve is a repeat."""
    journey_gap: Millis = 3 * DAY_MS
    """A contact within this time of the one before it, or while that one is open, goes on with the same journey."""
    retention: Millis = Field(default=90 * DAY_MS, validate_default=True)
    """How long contacts can be corrected and related."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        wrong = []
        if len(self.salt.get_secret_value()) < SALT_LENGTH:
            wrong.append(f"salt: must have {SALT_LENGTH} characters or more; make one with: openssl rand -hex 16")
        if self.retention < max(self.horizon, self.journey_gap):
            longest = show(max(self.horizon, self.journey_gap))
            wrong.append(f"retention: must not be shorter than horizon and journey_gap, of which the longer is {longest}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
