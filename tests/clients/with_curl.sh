#!/bin/sh
# Follows with curl and prints the id of every line; comes back with the last id.
last=
while :; do
    curl -sSNL ${last:+-H "Last-Event-ID: $last"} "$1" | while IFS= read -r line; do
        case $line in
            "id: "*) id=${line#id: } ;;
            "event: "*) event=${line#event: } ;;
            "data: "*) data=$line ;;
            "") if [ "$event" = line ] && [ -n "$data" ]; then echo "$id"; echo "$id" > "$2"; fi; event=; data= ;;
        esac
    done
    last=$(cat "$2")
    sleep 1
done
