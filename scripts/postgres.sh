# A PostgreSQL server of one's own, for scripts: in a folder that goes with it, on a port that is free. A server that
# is running already is left alone. Sourced; sets $folder, $postgres and $server.

# The programs of the newest PostgreSQL that is installed; nothing if there is none.
postgres_folder() {
    local servers=(/usr/lib/postgresql/*/bin/postgres)
    if [[ -x ${servers[0]} ]]; then
        dirname "$(printf '%s\n' "${servers[@]}" | sort -V | tail -n 1)"
    fi
}

start_postgres() {
    postgres=$(postgres_folder)
    # Not under TMPDIR: the user postgres may have no way there.
    folder=$(mktemp -d /tmp/quickcart-test.XXXXXX)
    ((EUID)) || chown postgres "$folder"
    as_postgres "$postgres/initdb" --pgdata="$folder/data" --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    local port settings
    port=$(free_port)
    settings="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c max_connections=300 -c max_wal_size=4GB"
    $durable || settings+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    as_postgres "$postgres/pg_ctl" start --silent --wait --pgdata="$folder/data" --log="$folder/log" \
        --options="$settings" || { cat "$folder/log"; return 1; }
    server="postgres://postgres@127.0.0.1:$port/postgres"
    echo "$("$postgres/postgres" --version) at $server"
}

# A port that nobody answers on. Below 32768, from where the system takes ports for outgoing connections: one of those
# answers nobody either, and is taken all the same.
free_port() {
    local port
    while port=$((RANDOM % 12000 + 20000)); (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# The server refuses to run as root.
as_postgres() {
    if ((EUID)); then
        (cd / && "$@")
    else
        (cd / && runuser -u postgres -- "$@")
    fi
}

# Comes last however the script ends.
stop_postgres() {
    if [[ -n ${folder:-} ]]; then
        as_postgres "$postgres/pg_ctl" stop --silent --mode=immediate --pgdata="$folder/data" 2>/dev/null || true
        rm -rf "$folder"
    fi
}
