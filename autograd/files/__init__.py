"""Files: written whole or not at all, and graphs kept in them."""
