"""What a process of either side does around its work: its home, its loop, its workers."""
