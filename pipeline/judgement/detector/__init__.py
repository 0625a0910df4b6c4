"""The statistical FRT-jump detector: a CUSUM of log-likelihood ratios that counts the ages of customers still waiting.

The method is docs/detection.md. Every number that decides is an integer (thousandths of a nat, of a log, of a standard
deviation), so that two machines judge alike; logarithms are taken once, of constants, and rounded.
"""
