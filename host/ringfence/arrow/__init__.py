"""The extra `ringfence[arrow]`: events from Arrow tables and Parquet files, and decisions as such.

Imports pyarrow, so the rest of the package imports this where it is used. docs/batch.md has the rules of conversion.
"""
