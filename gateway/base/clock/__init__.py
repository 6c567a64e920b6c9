"""The adapters of the clock port: business time, and the clock of a customs elsewhere."""
