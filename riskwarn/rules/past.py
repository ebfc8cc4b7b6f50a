"""The feature table of a snapshot, graph and all: for a rehearsal or a classification."""

from pathlib import Path

from riskwarn.engine.frames import thread_count, write_parquet
from riskwarn.features.table import feature_table, snapshot_windows
from riskwarn.records.features import FeatureSet
from riskwarn.records.snapshot import Snapshot


def write_table(snapshot: Snapshot, features: FeatureSet, path: Path, threads: int = 0) -> None:
    """Write one row an enterprise with all fields and features, as a night does.

    Takes:  threads, 0 for all there are; the bytes are the same at any number.
    Raises: DiskError D001.
    """
    windows = snapshot_windows(snapshot, features).collect(engine="streaming")
    measures = None
    if features.graphs:
        from riskwarn.graph.build import build_graph
        from riskwarn.graph.measures import graph_features

        graph = build_graph(snapshot)
        measures = graph_features(graph, features.graphs, windows, threads=thread_count(threads))
    write_parquet(feature_table(snapshot, features, measures, windows), path)
