"""THE catalogue: what every measure and rate means, in words that stand beside its number in every output.

`DEFINITIONS` holds them by code. The page `docs/measures.md`, the help texts of the metrics and the descriptions in other
outputs are made from it and from nothing else.
"""

from pipeline.catalogue.counts import COUNTS
from pipeline.catalogue.customers import CUSTOMERS
from pipeline.catalogue.definition import Definition, Direction, Unit
from pipeline.catalogue.durations import DURATIONS
from pipeline.catalogue.promises import PROMISES
from pipeline.catalogue.rates import MERGED, RATES, Merged, Rate, RateDefinition, Term
from pipeline.catalogue.times import TIMES

__all__ = ["DEFINITIONS", "MERGED", "RATES", "Definition", "Direction", "Merged", "Rate", "RateDefinition", "Term", "Unit"]

DEFINITIONS: dict[str, Definition] = {
    definition.code: definition
    for definition in (*COUNTS, *CUSTOMERS, *DURATIONS, *TIMES, *PROMISES, *(rate.definition for rate in RATES.values()))
}
"""Code -> definition, of measures, merged durations and rates."""
