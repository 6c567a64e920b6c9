"""The language of the wire: XSDs, code lists, findings and typed codecs. Imports nothing of ours
from outside."""
