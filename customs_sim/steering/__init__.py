"""What a tester gives customs as data: scenarios and faults, read, matched and applied."""
