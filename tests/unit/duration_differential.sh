#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# duration_differential.sh PARSE_DURATION: whatever jit takes, systemd takes for the same span.
set -u
parse=$1
if ! command -v systemd-analyze >/dev/null; then
    echo "skipped: systemd-analyze is not installed"
    exit 77
fi
failed=0 compared=0
units=(usec us msec ms seconds second sec s minutes minute min m hours hour hr h days day d weeks week w months month M years year y)
spans=()
for unit in "${units[@]}"; do
    spans+=("1$unit" "7 $unit" "1.5$unit" "0.25 $unit" "12.345678$unit" "2h 3$unit" "2h3$unit")
done
spans+=("1µs" "1μs" "0" "0s" "1000years" "1y 2M 3w 4d 5h 6min 7s 8ms 9us")
for span in "${spans[@]}"; do
    if ! ours=$("$parse" "$span"); then
        echo "jit refuses: $span"
        failed=1
        continue
    fi
    theirs=$(systemd-analyze timespan "$span" | sed -n 's/^ *[μµ]s: //p')
    if [ "$ours" != "$theirs" ]; then
        echo "differs: \"$span\": jit $ours, systemd $theirs"
        failed=1
    fi
    compared=$((compared + 1))
done
for span in "" "5" "-1s" "1.s" ".5h" "1h30" "infinity" "1 fortnight" "h" "1,5h" "+1s" "1H" "0x1s" "1..5s" "1e3s"; do
    if "$parse" "$span" >/dev/null; then
        echo "jit takes: \"$span\""
        failed=1
    fi
done
echo "$compared spans compared"
exit $failed
