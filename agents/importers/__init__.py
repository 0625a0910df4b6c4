"""Importers: one file per source, each turning a vendor's history into ticket events in the order of their arrival."""
