"""A filing on customs' desk: the case, how fast it is answered, and how a tester expects it to end.
Decides no filing."""
