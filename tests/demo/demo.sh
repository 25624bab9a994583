#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A hub and two clients, three processes on loopback: a message each way and a file each way through the hub, all of it
# compared. Ends with 0 only if every comparison held. $PATCHBAY_CLI is the program to demonstrate, $PATCHBAY_DEMO_MIB
# the size of a file (256 if not set), $PATCHBAY_DEMO_SECONDS how long any one step may take (120).
set -euo pipefail

cli=${PATCHBAY_CLI:?is to name the patchbay-cli to demonstrate}
mib=${PATCHBAY_DEMO_MIB:-256}
patience=${PATCHBAY_DEMO_SECONDS:-120}
folder=$(mktemp -d "${TMPDIR:-/tmp}/patchbay-demo.XXXXXX")
processes=()

clean_up() {
    local pid
    for pid in "${processes[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${processes[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

fail() {
    local log
    printf '\nNot verified: %s\n' "$*" >&2
    for log in "$folder"/*.err; do
        if [[ -s $log ]]; then
            printf -- '--- what %s said last:\n' "$(basename "$log" .err)" >&2
            tail -n 5 "$log" >&2
        fi
    done
    exit 1
}

# start NAME ARGUMENT…: patchbay-cli beside us, its output in NAME.out and NAME.err, its process id in $started.
start() {
    local name=$1
    shift
    "$cli" "$@" >"$folder/$name.out" 2>"$folder/$name.err" </dev/null &
    started=$!
    processes+=("$started")
}
# once NAME ARGUMENT…: patchbay-cli to its end, the same way.
once() {
    local name=$1
    shift
    timeout "$patience" "$cli" "$@" >"$folder/$name.out" 2>"$folder/$name.err" </dev/null
}
# await WHAT COMMAND…: until the command succeeds.
await() {
    local what=$1 end=$((SECONDS + patience))
    shift
    until "$@"; do
        ((SECONDS < end)) || fail "$what: nothing in $patience s"
        sleep 0.05
    done
}
ended() { ! kill -0 "$1" 2>/dev/null; }
await_end() { # await_end PID WHAT
    await "$2" ended "$1"
    wait "$1" || fail "$2 ended with exit code $?"
}
link_of_hub() {
    link=$(sed -n 's/.*"link": *"\([^"]*\)".*/\1/p' "$folder/hub.out" | head -n 1)
    [[ -n $link ]]
}
sees() { # sees WHO NAME
    once "$1-members" members --profile "$folder/$1" && grep -q "$2" "$folder/$1-members.out"
}

printf 'Three processes: a hub, and alice and bob as its clients.\n'
start hub serve --listen 127.0.0.1 --port 0 --name hub --profile "$folder/hub" --uses 2 --json
lasting=("$started")
await "the hub prints an invite link" link_of_hub
printf '  the hub invites: %s#…\n' "${link%%#*}"
for who in alice bob; do
    start "$who" connect "$link" --name "$who" --profile "$folder/$who"
    lasting+=("$started")
done
await "alice sees bob" sees alice bob
await "bob sees alice" sees bob alice
printf '  alice and bob joined by that link, encrypted, and see each other\n'

message() { # message FROM TO TEXT
    local from=$1 to=$2 text=$3 listening
    start "$to-listen" listen --count 1 --timeout "$patience" --profile "$folder/$to"
    listening=$started
    await "$to listens" test -s "$folder/$to-listen.err"
    once "$from-say" say "$text" --to "$to" --profile "$folder/$from" || fail "$from could not say a word to $to"
    await_end "$listening" "$to listening"
    grep -qF "$text" "$folder/$to-listen.out" || fail "$to heard something else than $from said"
    printf '  %s said to %s: "%s" - heard\n' "$from" "$to" "$text"
}
printf 'A message each way.\n'
message alice bob "Hello Bob, 你好 ($RANDOM)"
message bob alice "Hello Alice, здравствуй ($RANDOM)"

transfer() { # transfer FROM TO
    local from=$1 to=$2 receiving begin nanoseconds
    local file=$folder/from-$from.bin
    head -c "$((mib * 1048576))" /dev/urandom >"$file"
    start "$to-receive" receive --once --dir "$folder/$to-inbox" --profile "$folder/$to"
    receiving=$started
    await "$to waits for a file" test -s "$folder/$to-receive.err"
    begin=$(date +%s%N)
    once "$from-send" send "$file" --to "$to" --profile "$folder/$from" || fail "$from could not send to $to"
    await_end "$receiving" "$to receiving"
    nanoseconds=$(($(date +%s%N) - begin))
    cmp "$file" "$folder/$to-inbox/from-$from.bin" || fail "what $to got is not what $from sent"
    printf '  %s sent %s MiB to %s: identical, %s MB/s\n' "$from" "$mib" "$to" \
        "$((mib * 1048576 * 1000 / nanoseconds))"
    printf '    sha256 %s\n' "$(sha256sum <"$folder/$to-inbox/from-$from.bin" | cut -c 1-64)"
}
printf 'A file each way, through the hub.\n'
mkdir "$folder/alice-inbox" "$folder/bob-inbox"
transfer alice bob
transfer bob alice

for who in alice bob hub; do
    once "$who-stop" stop --profile "$folder/$who" || fail "$who could not be told to stop"
done
for pid in "${lasting[@]}"; do
    await_end "$pid" "a host that was told to stop"
done
printf 'All three ended when told to. All of it was verified.\n'
