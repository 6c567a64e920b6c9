"""The language of the wire as customs reads and writes it. Knows no store."""
