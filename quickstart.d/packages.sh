# shellcheck shell=sh
# quickstart: packages and the build.

PACKAGES_RUN="ca-certificates curl jq mariadb-client mariadb-server-core
 media-types util-linux"
PACKAGES_BUILD="autoconf autoconf-archive automake gcc libavcodec-dev
 libavformat-dev libavutil-dev libc6-dev libcmocka-dev libcurl4-openssl-dev
 libev-dev libfcgi-dev libjson-c-dev libjwt-dev libmagickwand-dev libmariadb-dev
 libseccomp-dev libsodium-dev libswscale-dev libwebsockets-dev make pkg-config
 zlib1g-dev"
PACKAGES_TEST="apache2-bin chromium clang-format git libapache2-mod-fcgid
 libapache2-mod-xsendfile libfaketime lighttpd lighttpd-mod-deflate logrotate
 mandoc perl prometheus shellcheck systemd"

# Some bring a newer node than Debian's, with npm inside.
command -v npm >/dev/null || PACKAGES_TEST="$PACKAGES_TEST nodejs npm"

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "neither root nor sudo; as root, please: $*"
	fi
}

# Those of the given packages that are not installed, one a line.
packages_missing()
{
	for package; do
		state=$(dpkg-query -W -f '${db:Status-Status}' \
		    "$package" 2>/dev/null) || state=
		[ "$state" = installed ] || echo "$package"
	done
}

# On other systems than Debian's family configure says what it lacks.
packages_install()
{
	command -v dpkg-query >/dev/null || return 0
	missing=$(packages_missing "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	[ "$INSTALL" = yes ] || die "missing packages: $missing"
	say "installing $missing"
	as_root apt-get -q update >&2
	# shellcheck disable=SC2086 # a list of words
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    --no-install-recommends install $missing >&2
	services_stop "$missing"
}

# Debian starts what it installs; of these only we want the programs.
services_stop()
{
	for service in lighttpd prometheus; do
		case " $1 " in
		*" $service "*) ;;
		*) continue ;;
		esac
		if [ -d /run/systemd/system ]; then
			as_root systemctl disable --now "$service" >&2
		elif command -v service >/dev/null; then
			as_root service "$service" stop >&2 || :
		fi
	done
}

# What the tests take from npm, unless it is there.
npm_install()
{
	npm=$ROOT/t/npm
	[ ! "$npm/node_modules/.package-lock.json" -nt \
	    "$npm/package-lock.json" ] || return 0
	[ "$INSTALL" = yes ] && command -v npm >/dev/null || return 0
	say "installing what the tests take from npm"
	npm ci --prefix "$npm" --no-audit --no-fund >&2 ||
	    say "npm failed: what needs it is skipped"
}

# build_all(configure arguments): brings $BUILD up to date.
build_all()
{
	mkdir -p "$BUILD"
	(
		flock 9
		if [ ! -x "$ROOT/configure" ] ||
		    [ -n "$(find "$ROOT/configure.ac" \
		    -newer "$ROOT/configure")" ]; then
			say "making configure"
			(cd "$ROOT" && autoreconf -i)
		fi
		cd "$BUILD"
		if [ ! -e config.status ]; then
			say "configuring"
			"$ROOT/configure" --quiet "$@"
		fi
		say "building"
		make --quiet -j"$(getconf _NPROCESSORS_ONLN)"
	) 9>"$BUILD/.lock" >&2
}
