"""Takes what enterprises file: stores it, keeps its pockets together, and sends it on."""
