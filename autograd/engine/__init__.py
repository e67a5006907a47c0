"""The engine: record operations, order the graph, go backward. Read `value`, then `backward`."""
