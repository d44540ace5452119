"""The letter and its appendices, and their four forms."""
