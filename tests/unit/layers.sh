#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# layers.sh SOURCE_ROOT CORE_ARCHIVE: includes point left only, and core reaches nothing outside itself.
set -u
root=$1 archive=$2
failed=0

# Names a symbol of core may not need: files, network, clocks, environment, users, bus, database.
forbidden() {
    grep -E ' U (_*(open|openat|fopen|read|pread|write|pwrite|stat|fstat)(64)?(_2|_chk)?|socket|connect|sendto|recvfrom|(__)?clock_gettime|time|gettimeofday|(secure_)?getenv|getpw[a-z_]*|getgr[a-z_]*|sd_[a-z_]*|sqlite3_[a-z_0-9]*|_ZNSt6chrono.*3nowEv|_ZNSt(7__cxx11)?[0-9]+basic_(i|o)?f(stream|ilebuf).*|_ZNSt6locale.*global.*)$'
}

for sample in open64 __open64_2 read clock_gettime getenv getpwnam_r sd_bus_call sqlite3_open _ZNSt6chrono3_V212system_clock3nowEv; do
    if ! echo "                 U $sample" | forbidden >/dev/null; then
        echo "layers: the filter itself misses $sample"
        failed=1
    fi
done

symbols=$(nm -u "$archive") || exit 1
if [ "$(grep -c ' U ' <<<"$symbols")" -lt 20 ]; then
    echo "layers: $archive: nm shows no symbols"
    failed=1
fi
if found=$(forbidden <<<"$symbols"); then
    echo "layers: core needs what it may not:"
    echo "$found"
    failed=1
fi

# may_include FOLDER LEFT...: the quoted includes of FOLDER name only itself and what is to its left.
may_include() {
    local folder=$1
    shift
    local left
    left=$(IFS='|'; echo "$*")
    local bad
    bad=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$root/$folder" --include='*.?pp' --include='*.[ch]' 2>/dev/null |
        grep -vE "include[[:space:]]*\"($folder|$left)/")
    if [ -n "$bad" ]; then
        echo "layers: $folder includes from the right:"
        echo "$bad"
        failed=1
    fi
}
may_include common common
may_include core common
may_include pam_jit common
may_include jit_group common
may_include trail core common
may_include jitd trail core common
may_include jitctl trail core common
if grep -rnE '#[[:space:]]*include.*toml\+\+' "$root/core" "$root/trail" "$root/jitd" "$root/jitctl" --include='*.?pp' |
    grep -v '/core/toml_reader\.cpp:'; then
    echo "layers: toml++ is included outside core/toml_reader.cpp"
    failed=1
fi
exit $failed
