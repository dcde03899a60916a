"""Extensions that build the documentation site from the library itself."""
