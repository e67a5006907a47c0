"""The worked derivation of a whole network. Read `whole_network` first."""
