//! pbxd
