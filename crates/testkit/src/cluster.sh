# Runs a private PostgreSQL server in a folder of its own until its input ends.
# $1: folder of the server's programs. Prints the folder of the socket once the server answers. Each line of
# input names a database that is no longer needed.
# Whoever started this may end in any way: the system then closes the pipe, and server and folder go away.
bin=$1
trap '' INT HUP TERM
# In memory where there is plenty: making databases is then ten times as fast.
place=/tmp
free=$(df -Pk /dev/shm 2>/dev/null | awk 'END { print $4 }')
[ "${free:-0}" -gt 2000000 ] 2>/dev/null && [ -w /dev/shm ] && place=/dev/shm
folder=$(mktemp -d "$place/tributary-postgres.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

make() {
    "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --no-sync \
        --encoding=UTF8 --locale=C "$@" >>"$folder/log" 2>&1
}
# A collation made for people, where the server has one, shows whether the schema itself asks for bytes.
make --locale-provider=icu --icu-locale=en-US || make || { cat "$folder/log" >&2; exit 1; }

cat >>"$folder/data/postgresql.conf" <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$folder'
unix_socket_permissions = 0777
max_connections = 200
shared_buffers = 32MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 128MB
min_wal_size = 32MB
autovacuum = off
jit = off
deadlock_timeout = 20ms
SETTINGS

"$bin/pg_ctl" --pgdata="$folder/data" --log="$folder/log" --wait --timeout=60 start >/dev/null 2>&1 ||
    { cat "$folder/log" >&2; exit 1; }
echo "$folder"
while read -r database; do
    "$bin/dropdb" --host="$folder" --username=postgres --force "$database" >/dev/null 2>&1
done
"$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate --wait stop >/dev/null 2>&1
