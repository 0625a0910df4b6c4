"""The judge of the FRT-jump detectors: simulated queues with labelled incidents, contenders, grades. `make evaluate`."""
