"""Files and cells become typed rows and a tree of settings."""
