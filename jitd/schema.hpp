// SPDX-License-Identifier: Apache-2.0
// The tables of the state. Fixed from the first version on: later parts add rows.
#pragma once

namespace jit::daemon {

inline constexpr int kSchemaVersion = 1;

// Times are microseconds since 1970 (…_usec) or of CLOCK_BOOTTIME (…_boot); NULL = not set.
inline constexpr char kSchema[] = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE grants (
  id TEXT PRIMARY KEY, origin TEXT NOT NULL, account TEXT NOT NULL, uid INTEGER, role TEXT NOT NULL,
  not_before_usec INTEGER NOT NULL, not_after_usec INTEGER NOT NULL, reason TEXT NOT NULL, ticket TEXT NOT NULL,
  approvers TEXT NOT NULL, keys TEXT NOT NULL, request TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE ended (grant_id TEXT PRIMARY KEY, how TEXT NOT NULL, by TEXT NOT NULL, at_usec INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE pins (
  grant_id TEXT PRIMARY KEY, account TEXT NOT NULL, uid INTEGER, role TEXT NOT NULL,
  not_before_usec INTEGER NOT NULL, not_after_usec INTEGER NOT NULL,
  end_usec INTEGER, deadline_boot INTEGER, boot_id TEXT) WITHOUT ROWID;
CREATE TABLE requests (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, uid INTEGER NOT NULL, role TEXT NOT NULL,
  duration_usec INTEGER NOT NULL, start_usec INTEGER, reason TEXT NOT NULL, ticket TEXT NOT NULL, state TEXT NOT NULL,
  rule TEXT NOT NULL, needed INTEGER NOT NULL, created_usec INTEGER NOT NULL, expires_usec INTEGER NOT NULL,
  grant_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE decisions (
  request_id TEXT NOT NULL, principal TEXT NOT NULL, account TEXT NOT NULL, via TEXT NOT NULL, decision TEXT NOT NULL,
  duration_usec INTEGER, reason TEXT NOT NULL, time_usec INTEGER NOT NULL, PRIMARY KEY (request_id, principal))
  WITHOUT ROWID;
CREATE TABLE sessions (
  id TEXT PRIMARY KEY, grant_id TEXT NOT NULL, role TEXT NOT NULL, account TEXT NOT NULL, uid INTEGER NOT NULL,
  target TEXT NOT NULL, service TEXT NOT NULL, tty TEXT NOT NULL, rhost TEXT NOT NULL, parent TEXT NOT NULL,
  recording TEXT NOT NULL, opened_usec INTEGER NOT NULL, backstop_usec INTEGER NOT NULL, state TEXT NOT NULL,
  since_boot INTEGER NOT NULL, boot_id TEXT NOT NULL, end_code TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE locks (account TEXT PRIMARY KEY, by TEXT NOT NULL, reason TEXT NOT NULL, at_usec INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE used_tokens (id BLOB PRIMARY KEY, request_id TEXT NOT NULL, used_usec INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox (seq INTEGER PRIMARY KEY, chain BLOB NOT NULL, datagram BLOB NOT NULL);
PRAGMA user_version = 1;
)sql";

}  // namespace jit::daemon
