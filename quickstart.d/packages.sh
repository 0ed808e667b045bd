# shellcheck shell=sh
# quickstart: packages and the build.

PACKAGES_RUN="ca-certificates curl jq lighttpd lighttpd-mod-deflate
 mariadb-client mariadb-server-core
 media-types util-linux"
PACKAGES_BUILD="autoconf autoconf-archive automake gcc libavcodec-dev
 libavformat-dev libavutil-dev libc6-dev libcmocka-dev libcurl4-openssl-dev
 libfcgi-dev libjson-c-dev libjwt-dev libmagickwand-dev libmariadb-dev
 libseccomp-dev libsodium-dev libswscale-dev libwebsockets-dev make pkg-config
 zlib1g-dev"
PACKAGES_TEST="clang-format mandoc perl shellcheck"

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
	# Debian starts what it installs; ours serves the site alone.
	case " $missing " in
	*" lighttpd "*)
		if [ -d /run/systemd/system ]; then
			as_root systemctl disable --now lighttpd >&2
		fi
	esac
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
