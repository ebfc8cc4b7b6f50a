"""The stages of the night that riskwarn/nightly.py calls, one file a concern."""
