"""The one door to SQLite and the Parquet files; opened only on floor 6."""
