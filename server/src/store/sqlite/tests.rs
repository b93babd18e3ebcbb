//! Promises of the SQLite store beyond the conformance story.
