"""riskwarn: risk-warning leads and double-random inspections (互联网+监管)."""

import os

__version__ = "0.1.0"

# Read once, when Polars is first imported; a value that is set already goes before. Freed pages go
# back to the system after half a second instead of never (Polars' own choice is muzzy_decay_ms:-1),
# and a file is read one row group ahead, not eight: no result changes, memory halves.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", "background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0"
)
os.environ.setdefault("POLARS_ROW_GROUP_PREFETCH_SIZE", "1")
