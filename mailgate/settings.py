"""Frozen settings from one TOML file. Every field is documented here and only here:
`config/mailgate.toml` and docs/operators/settings.md are generated from this module.

An unknown key, a wrong type, a duplicate address or an unreadable secret is a `SettingsError`
whose lines each name file and key.
"""
