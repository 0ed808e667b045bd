# shellcheck shell=sh
# quickstart: the processes of a site.  Each service is kept running; one that
# keeps dying is tried ever slower.

SERVICES="db sandbox fcgi chat notifier web"
RETRY_MAX=150	# ticks

# The seconds this machine is up: a clock that costs no process.
seconds()
{
	read -r now _ </proc/uptime
	now=${now%.*}
}

# spawn(name, command ...): in a session of its own, so that an interrupt is
# ours to pass on, and ended by the kernel should we be killed.
spawn()
{
	name=$1
	shift
	setsid setpriv --pdeathsig TERM "$@" </dev/null \
	    >>"$DIR/log/$name.log" 2>&1 9>&- &
	pid=$!
}

start_db()
{
	spawn mariadbd mariadbd --defaults-file="$DIR/my.cnf"
}

start_sandbox()
{
	spawn sandbox.fcgi "$(program sandbox.fcgi)" \
	    --listen "$SOCK/sandbox.sock" --journal "$DIR/sandbox.journal" \
	    --state-dir "$DIR/sandbox" \
	    --public-url "http://127.0.0.1:$PORT/sandbox" --delay-ms "$DELAY"
}

start_fcgi()
{
	spawn gesso.fcgi "$(program gesso.fcgi)" \
	    --config "$DIR/gesso.conf" --listen "$SOCK/fcgi.sock"
}

start_chat()
{
	spawn gesso-chat.fcgi "$(program gesso-chat.fcgi)" \
	    --config "$DIR/gesso.conf" --listen "$SOCK/chat.sock"
}

start_notifier()
{
	spawn gesso-notifier "$(program gesso-notifier)" \
	    --config "$DIR/gesso.conf"
}

# Cron's part: a new poller every minute, whatever became of the last one.
poller_start()
{
	spawn gesso-poller "$(program gesso-poller)" \
	    --config "$DIR/gesso.conf"
	POLLERS="$POLLERS $pid"
	poller_due=$((now + RHYTHM))
}

service_name()
{
	case $1 in
	db) echo mariadbd ;;
	sandbox) echo sandbox.fcgi ;;
	fcgi) echo gesso.fcgi ;;
	chat) echo gesso-chat.fcgi ;;
	notifier) echo gesso-notifier ;;
	web) web_name ;;
	esac
}

service_start()
{
	"start_$1"
	seconds
	eval "pid_$1=$pid started_$1=$now"
}

# service_check(id): starts it again when it has died, the first time at once.
# shellcheck disable=SC2154 # eval assigns
service_check()
{
	eval "pid=\$pid_$1 started=\$started_$1 pause=\${pause_$1:-0}"
	if [ "$pid" -ne 0 ]; then
		kill -0 "$pid" 2>/dev/null && return 0
		status=0
		wait "$pid" || status=$?
		say "$1 died with status $status"
		eval "retry=\${retry_$1:-0}"
		[ $((now - started)) -lt 10 ] || retry=0
		eval "pid_$1=0 pause_$1=$retry"
		retry=$((retry * 2 + 1))
		[ "$retry" -le "$RETRY_MAX" ] || retry=$RETRY_MAX
		eval "retry_$1=$retry"
	elif [ "$pause" -gt 0 ]; then
		eval "pause_$1=$((pause - 1))"
	else
		service_start "$1"
	fi
}

# Forgets the pollers that have gone.
pollers_check()
{
	alive=
	for pid in $POLLERS; do
		if kill -0 "$pid" 2>/dev/null; then
			alive="$alive $pid"
			continue
		fi
		status=0
		wait "$pid" || status=$?
		[ "$status" -eq 0 ] || say "poller ended with status $status"
	done
	POLLERS=$alive
}

# child_pids(pid)
child_pids()
{
	children=
	read -r children 2>/dev/null <"/proc/$1/task/$1/children" || :
}

# Under mod_fcgid the API is made of children of a child of Apache.
pids_fcgid()
{
	child_pids "$1"
	for pid in $children; do
		child_pids "$pid"
		for pid in $children; do
			comm=
			read -r comm 2>/dev/null <"/proc/$pid/comm" || :
			case $comm in
			*.fcgi) echo "$comm $pid" ;;
			esac
		done
	done
}

# name and pid, a line each, workers of a service below it.
pids_list()
{
	for id in $SERVICES; do
		eval "pid=\${pid_$id:-0}"
		[ "$pid" -ne 0 ] || continue
		name=$(service_name "$id")
		echo "$name $pid"
		child_pids "$pid"
		for worker in $children; do
			echo "$name-worker $worker"
		done
		[ "$id/$SERVER" != web/apache-fcgid ] || pids_fcgid "$pid"
	done
	for pid in $POLLERS; do
		echo "gesso-poller $pid"
	done
}

pids_write()
{
	list=$(pids_list)
	[ "$list" != "$LIST" ] || return 0
	LIST=$list
	printf '%s\n' "$LIST" >"$DIR/pids.new"
	mv "$DIR/pids.new" "$DIR/pids"
}

# tick: one look at everything.
tick()
{
	sleep 0.2
	seconds
	for id in $SERVICES; do
		service_check "$id"
	done
	pollers_check
	[ "$now" -lt "$poller_due" ] || poller_start
	pids_write
}

# ended(pids, seconds): waits; false when one is still there.
ended()
{
	seconds
	until=$((now + $2))
	for pid in $1; do
		while kill -0 "$pid" 2>/dev/null; do
			seconds
			[ "$now" -lt "$until" ] || return 1
			sleep 0.05
		done
	done
}

# stop(pids, seconds): asks first.
stop()
{
	# shellcheck disable=SC2086 # a list of words
	[ -z "${1# }" ] || kill -TERM $1 2>/dev/null || :
	ended "$1" "$2" && return 0
	# shellcheck disable=SC2086
	kill -KILL $1 2>/dev/null || :
	ended "$1" 5 || :
}

# Pollers first: they wait for what the vendors of this site are making.  Then
# the other programs, and their database last.
stop_all()
{
	trap '' INT TERM HUP
	trap - EXIT
	stop "$POLLERS" 10
	front=
	for id in $SERVICES; do
		[ "$id" != db ] || continue
		eval "pid=\${pid_$id:-0}"
		[ "$pid" -eq 0 ] || front="$front $pid"
	done
	stop "$front" 10
	[ "${pid_db:-0}" -eq 0 ] || stop "$pid_db" 30
	rm -f "$DIR/pids"
	[ "$SOCK" = "$DIR/sock" ] || rm -rf "$SOCK"
}

# What an earlier run left when it was killed.
stop_leftovers()
{
	[ -s "$DIR/pids" ] || return 0
	while read -r name pid; do
		read -r comm 2>/dev/null <"/proc/$pid/comm" || continue
		name=${name%-worker}
		case $name in
		"$comm"*) stop "$pid" 30 ;;
		esac
	done <"$DIR/pids"
	rm -f "$DIR/pids"
}
