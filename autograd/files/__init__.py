"""Files. Public: `save_graph` and `load_graph`.

Read `whole_files` first (writing a file whole, reading JSON safely), then `graph_files`.
"""
