#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The code of the module names no PAM result but these: sudo runs the command on some of the others (S-02).
# usage: codes.sh SOURCE_FOLDER
set -eu
found=$(for file in "$1"/*.cpp "$1"/*.hpp; do cpp -fpreprocessed -P "$file" 2>/dev/null; done |
    grep -oE '\bPAM_[A-Z_]+' | sort -u | grep -vE '^PAM_(USER|RUSER|TTY|RHOST|SERVICE)$' | tr '\n' ' ')
wanted="PAM_AUTHINFO_UNAVAIL PAM_BUF_ERR PAM_PERM_DENIED PAM_SUCCESS PAM_SYSTEM_ERR PAM_USER_UNKNOWN "
[ "$found" = "$wanted" ] || { echo "results: $found" >&2; exit 1; }
