# shellcheck shell=sh
# quickstart: the files of a site.

random_hex()
{
	od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'
}

# program(name): where it was built.
program()
{
	for path in "$BUILD/$1" "$BUILD"/*/"$1"; do
		[ -x "$path" ] || continue
		echo "$path"
		return
	done
	die "no $1 in $BUILD"
}

programs_check()
{
	for name in gesso.fcgi gesso-chat.fcgi gesso-poller gesso-notifier \
	    gesso-media gessoctl sandbox.fcgi; do
		program "$name" >/dev/null
	done
}

# write_once(file, text): a file that nobody else may read, made once.
write_once()
{
	[ -s "$1" ] && return 0
	printf '%s\n' "$2" >"$1.new"
	mv "$1.new" "$1"
}

# conf_set(KEY=VALUE): one setting in gesso.conf, replaced where it stands.
conf_set()
{
	case $1 in
	[a-z]*=*) ;;
	*) die "--set takes KEY=VALUE, not '$1'" ;;
	esac
	KEY=${1%%=*} VALUE=${1#*=} awk '
	BEGIN { line = ENVIRON["KEY"] " = " ENVIRON["VALUE"] }
	$1 == ENVIRON["KEY"] || index($1, ENVIRON["KEY"] "=") == 1 {
		if (!done++)
			print line
		next
	}
	{ print }
	END { if (!done) print line }' "$DIR/gesso.conf" >"$DIR/gesso.conf.new"
	mv "$DIR/gesso.conf.new" "$DIR/gesso.conf"
}

# The --set of the command line, a line each.
settings_apply()
{
	while read -r setting; do
		[ -z "$setting" ] || conf_set "$setting"
	done <<-LINES
	$SETTINGS
	LINES
}

# What an administrator may change is written once, what depends on the port
# and on the place of the programs at every start.
write_conf()
{
	[ -s "$DIR/gesso.conf" ] || cat >"$DIR/gesso.conf" <<-CONF
	# Made by quickstart; gesso.conf(5) explains every setting.

	# Everybody on loopback is one address.
	limit_registrations_per_hour = 1000000
	limit_anonymous_calls_per_hour = 1000000000
	limit_login_failures_per_address = 1000000
	# The simulated vendors live here.
	egress_allow = 127.0.0.0/8
	CONF
	conf_set "public_url=http://127.0.0.1:$PORT$SUB"
	[ -z "$SUB" ] || conf_set "base_path=$SUB/api/v1"
	conf_set "media_dir=$DIR/media"
	conf_set "state_dir=$DIR/state"
	conf_set "media_helper=$(program gesso-media)"
	conf_set "token_key_file=$DIR/token.keys"
	conf_set "seal_key_file=$DIR/seal.keys"
	conf_set "db_socket=$SOCK/db.sock"
	conf_set "db_name=gesso"
	conf_set "db_user=gesso"
	conf_set "db_password_file=$DIR/db.password"
	conf_set "ws_listen=$SOCK/ws.sock"
	# A process for each stream there: fewer than Apache starts.
	case $SERVER in
	apache-fcgid) conf_set "chat_streams=24" ;;
	esac
	[ "$RHYTHM" -eq 60 ] || conf_set "poller_runtime=$((RHYTHM + 1))s"
	write_once "$DIR/token.keys" "q1 $(random_hex 32)"
	write_once "$DIR/seal.keys" "q1 $(random_hex 32)"
	write_once "$DIR/db.password" "$(random_hex 16)"
	write_once "$DIR/admin.password" "$(random_hex 12)"
	cat >"$DIR/gessoctl" <<-CTL
	#!/bin/sh
	exec '$(program gessoctl)' --config '$DIR/gesso.conf' "\$@"
	CTL
	chmod 700 "$DIR/gessoctl"
}

write_env()
{
	cat >"$DIR/env.new" <<-ENV
	GESSO_BASE='http://127.0.0.1:$PORT$SUB/api/v1'
	GESSO_WS='ws://127.0.0.1:$PORT$SUB/ws'
	GESSO_CONF='$DIR/gesso.conf'
	GESSO_CTL='$DIR/gessoctl'
	GESSO_ADMIN_EMAIL='$ADMIN'
	GESSO_ADMIN_PASSWORD='$(cat "$DIR/admin.password")'
	GESSO_DB_SOCKET='$SOCK/db.sock'
	GESSO_DB_NAME='gesso'
	GESSO_DB_USER='gesso'
	GESSO_DB_PASSWORD='$(cat "$DIR/db.password")'
	GESSO_MEDIA='$DIR/media'
	GESSO_PIDS='$DIR/pids'
	ENV
	mv "$DIR/env.new" "$DIR/env"
}

write_db_conf()
{
	flush=fsync
	[ -z "${GESSO_DB_FAST-}" ] || flush=nosync
	cat >"$DIR/my.cnf" <<-CNF
	[mysqld]
	datadir = $DIR/db
	socket = $SOCK/db.sock
	pid-file = $DIR/db.pid
	tmpdir = $DIR/tmp
	skip-networking
	skip-name-resolve
	skip-log-bin
	performance-schema = OFF
	character-set-server = utf8mb4
	max-connections = 400
	innodb-buffer-pool-size = 64M
	innodb-log-file-size = 32M
	innodb-flush-log-at-trx-commit = 1
	innodb-flush-method = $flush
	innodb-use-native-aio = 0
	aria-pagecache-buffer-size = 1M
	key-buffer-size = 1M
	CNF
	[ "$(id -u)" -ne 0 ] || echo "user = root" >>"$DIR/my.cnf"
}
