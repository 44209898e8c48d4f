//! Password hashes, and NT hashes sealed under the service key.
