"""riskwarn: risk-warning leads and double-random inspections (互联网+监管)."""

__version__ = "0.1.0"
