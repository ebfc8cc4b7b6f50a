"""A made-up county: deliveries as a county would get them, over a truth that is known."""
