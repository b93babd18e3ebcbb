#!/bin/sh
# Deploys when a person has said yes.
#
#   deploy-approval.sh PERSON VERSION COMMAND [ARGUMENT...]
#   deploy-approval.sh grace 4.2 ./deploy.sh --to production
#
# Asks PERSON and waits for the answer, for as long as APPROVAL_TIMEOUT says (30m unless set). After
# yes, COMMAND is run, and its exit code is this script's. Else nothing is deployed, and it exits
#
#   10  after no
#   11  when nobody has answered in time
#   12  when the chat server can't be reached
#   13  when the question could not be put for another reason, which chatter has named
#
# `chatter` has to be signed in, or CHATTER_SERVER and CHATTER_TOKEN be set, with a token that may
# send and read.
set -eu

if [ $# -lt 3 ]; then
    echo "usage: $0 PERSON VERSION COMMAND [ARGUMENT...]" >&2
    exit 2
fi
person=$1
version=$2
shift 2

code=0
answer=$(chatter ask "$person" "Deploy $version to production?" \
    --timeout "${APPROVAL_TIMEOUT:-30m}") || code=$?

case $code in
0)
    echo "$person said $answer: deploying $version"
    exec "$@"
    ;;
7)
    echo "$person said $answer: $version is not deployed" >&2
    exit 10
    ;;
6)
    echo "$person has not answered: $version is not deployed" >&2
    exit 11
    ;;
4)
    echo "the chat server can't be reached: $version is not deployed" >&2
    exit 12
    ;;
*)
    echo "$person could not be asked: $version is not deployed" >&2
    exit 13
    ;;
esac
