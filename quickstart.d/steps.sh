# shellcheck shell=sh
# quickstart: the first steps of a site, done again without harm.

# sql(statements): as the database's administrator, by standard input.
sql()
{
	printf '%s\n' "$1" | mariadb --no-defaults --batch \
	    --skip-column-names --socket="$SOCK/db.sock" --user=root
}

# wait_for(what, seconds, command ...): until it succeeds.
wait_for()
{
	what=$1
	seconds
	until=$((now + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		seconds
		if [ "$now" -ge "$until" ]; then
			tail -n 5 "$DIR"/log/*.log >&2
			die "$what does not come up; see $DIR/log"
		fi
		sleep 0.05
	done
}

db_open()
{
	if [ ! -d "$DIR/db/mysql" ]; then
		say "making a database"
		rm -rf "$DIR/db"
		mariadb-install-db --defaults-file="$DIR/my.cnf" \
		    --auth-root-authentication-method=normal --force \
		    --skip-test-db \
		    >"$DIR/log/install-db.log" 2>&1 ||
		    die "mariadb-install-db failed; see $DIR/log/install-db.log"
	fi
	service_start db
	wait_for "the database" 60 sql "SELECT 1"
	password=$(cat "$DIR/db.password")
	sql "CREATE DATABASE IF NOT EXISTS gesso CHARACTER SET utf8mb4;
	CREATE USER IF NOT EXISTS gesso@localhost IDENTIFIED BY '$password';
	GRANT ALL ON gesso.* TO gesso@localhost;"
}

ctl()
{
	"$DIR/gessoctl" "$@" >>"$DIR/log/gessoctl.log" 2>&1 || {
		tail -n 5 "$DIR/log/gessoctl.log" >&2
		die "gessoctl $1 $2 failed"
	}
}

admin_make()
{
	count=$(sql "SELECT COUNT(*) FROM gesso.account WHERE email='$ADMIN'")
	[ "$count" -eq 0 ] || return 0
	ctl user add --email "$ADMIN" --username admin --password-stdin \
	    --admin <"$DIR/admin.password"
}

# vendor_simulate(provider, path[, model]): lets the sandbox stand for a vendor,
# unless somebody has given it a key of his own.  A model that its vendor has
# ended goes on there.
vendor_simulate()
{
	url="http://127.0.0.1:$PORT/sandbox/$2"
	state=$(sql "SELECT IF(sealed_key IS NULL, 'new', IF(url = '$url',
	    'done', IF(url LIKE 'http://127.0.0.1:%/sandbox/$2', 'moved',
	    'other'))) FROM gesso.provider WHERE id = '$1'")
	case $state in
	new)
		printf 'sandbox-key\n' |
		    ctl provider set "$1" --url "$url" --key-stdin --enable
		# Simulated work takes no minutes: no need to look rarely.
		sql "UPDATE gesso.provider SET config =
		    '{\"poll_ms\":400,\"busy_ms\":1000}'
		    WHERE id = '$1' AND config IS NULL"
		[ -z "${3-}" ] || ctl model set "$1/$3" --active
		;;
	moved)
		ctl provider set "$1" --url "$url"
		;;
	esac
}

# All vendors of the seed, so that every model can be tried without a key.
vendors_simulate()
{
	vendor_simulate stability stability
	vendor_simulate dalle openai/v1
	vendor_simulate sora openai/v1 sora-1.0
	vendor_simulate veo google/v1beta
	vendor_simulate runway runway
	vendor_simulate openai openai/v1
}
