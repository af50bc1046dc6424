"""The pack itself."""
