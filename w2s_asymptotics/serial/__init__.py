"""Records as JSON and back: worlds, learners, questions and answers, to the last bit.

Nothing in a file is ever evaluated: names of types are looked up in one table, numbers and symbols are put
together from their parts, and every record checks its own arguments as it is built.
"""

from .records import FORMAT, TYPES, find, from_json, to_json

__all__ = ["FORMAT", "TYPES", "find", "from_json", "to_json"]
