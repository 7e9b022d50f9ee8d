//! The full plan: from any catalog to any other.
