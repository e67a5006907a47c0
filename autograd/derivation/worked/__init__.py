"""The worked derivation of a whole network. Read `whole_network` first; the other modules are its sections."""
