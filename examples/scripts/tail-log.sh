#!/bin/sh
# Follows a log file, and sends the lines that match to a person, several in one message.
#
#   tail-log.sh PERSON FILE PATTERN STATE
#   tail-log.sh grace /var/log/nginx/error.log 'crit|alert|emerg' ~/.local/state/tail-nginx
#
# PATTERN is an extended regular expression. STATE is a directory, made if missing, in which the
# script keeps how far it has come: after a restart it goes on there, and sends nothing twice. The
# first start begins at the end of the file. When the file is rotated to FILE.1, or emptied, it goes
# on with the new one after what is left in the old one.
#
# While the chat server can't be reached it waits and tries again; it ends when the server refuses,
# with chatter's exit code. TAIL_LOG_WAIT is the pause between looks at the file, in seconds.
#
# `chatter` has to be signed in, or CHATTER_SERVER and CHATTER_TOKEN be set; a token that may only
# send is enough.
set -eu

if [ $# -ne 4 ]; then
    echo "usage: $0 PERSON FILE PATTERN STATE" >&2
    exit 2
fi
person=$1
log=$2
state=$4
PATTERN=$3
export PATTERN
pause=${TAIL_LOG_WAIT:-5}

# Which file it is, whatever its name; nothing if there is none.
inode_of() {
    # shellcheck disable=SC2012 # Only the number is used.
    ls -di -- "$1" 2>/dev/null | awk '{ print $1; exit }'
}

size_of() {
    wc -c <"$1" | tr -d ' '
}

# How far it has come: the file's inode, and the bytes of it that are dealt with.
keep_position() {
    echo "$1 $2" >"$state/position.new"
    mv "$state/position.new" "$state/position"
}

# Sends the bundle that waits, if one does. It has a key, so that sending it again after a crash
# shows it once; the position behind it is taken over when the server has it.
send_bundle() {
    [ -f "$state/bundle" ] || return 0
    code=0
    chatter send "$person" --key "$(cat "$state/key")" - <"$state/bundle" || code=$?
    case $code in
    0) ;;
    4) return 1 ;;
    *) exit "$code" ;;
    esac
    [ ! -f "$state/next" ] || mv "$state/next" "$state/position"
    rm "$state/bundle"
}

# Takes whole lines from a file, beginning behind `offset`, up to as many matching ones as a message
# should have: they go to the bundle's draft, the number of bytes of all lines is printed.
take_lines() {
    complete=$(tail -c "+$((offset + 1))" "$1" | wc -l)
    tail -c "+$((offset + 1))" "$1" | LC_ALL=C awk -v complete="$complete" -v draft="$state/draft" '
        BEGIN { printf "" >draft }
        NR > complete { exit }
        { bytes += length($0) + 1 }
        $0 ~ ENVIRON["PATTERN"] { print substr($0, 1, 500) >draft; found++ }
        found == 20 { exit }
        END { printf "%d\n", bytes }
    '
}

# Looks for lines in file $1, and sends what matches. Fails if there was no whole line.
look() {
    bytes=$(take_lines "$1")
    [ "$bytes" -gt 0 ] || return 1
    offset=$((offset + bytes))
    # What is no text can't be a message.
    tr -d '\000' <"$state/draft" | iconv -c -f UTF-8 -t UTF-8 >"$state/bundle.new" || :
    if grep -q '[^[:space:]]' "$state/bundle.new"; then
        echo "tail-log $(date +%s) $$ $inode $offset" >"$state/key"
        echo "$inode $offset" >"$state/next"
        # From here on it will be sent.
        mv "$state/bundle.new" "$state/bundle"
        until send_bundle; do sleep "$pause"; done
    else
        keep_position "$inode" "$offset"
    fi
}

mkdir -p "$state"
until send_bundle; do sleep "$pause"; done
if [ ! -f "$state/position" ]; then
    now=$(inode_of "$log")
    if [ -n "$now" ]; then
        keep_position "$now" "$(size_of "$log")"
    else
        keep_position 0 0
    fi
fi
read -r inode offset <"$state/position"

while :; do
    now=$(inode_of "$log")
    if [ -n "$now" ] && [ "$now" != "$inode" ]; then
        # Rotated: first what is left in the old file.
        if [ "$(inode_of "$log.1")" = "$inode" ]; then
            while look "$log.1"; do :; done
        fi
        inode=$now
        offset=0
        keep_position "$inode" "$offset"
    elif [ -n "$now" ] && [ "$(size_of "$log")" -lt "$offset" ]; then
        # Emptied.
        offset=0
        keep_position "$inode" "$offset"
    fi
    if [ -z "$now" ] || ! look "$log"; then
        sleep "$pause"
    fi
done
