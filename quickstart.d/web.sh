# shellcheck shell=sh
# quickstart: the web servers, each with the shipped example of its
# configuration, in which only the first lines are changed.

APACHE_MODULES=/usr/lib/apache2/modules

web_packages()
{
	case $SERVER in
	lighttpd) echo lighttpd lighttpd-mod-deflate ;;
	apache) echo apache2-bin libapache2-mod-xsendfile ;;
	apache-fcgid)
		echo apache2-bin libapache2-mod-fcgid libapache2-mod-xsendfile
		;;
	esac
}

# Under mod_fcgid Apache starts the API and the assistant itself.
web_services()
{
	case $SERVER in
	apache-fcgid)
		SERVICES=$(echo " $SERVICES " |
		    sed 's/ fcgi / /; s/ chat / /')
		;;
	esac
}

web_name()
{
	case $SERVER in
	lighttpd) echo lighttpd ;;
	*) echo apache2 ;;
	esac
}

write_web_conf()
{
	mkdir -p "$DIR/web"
	case $SERVER in
	lighttpd) write_lighttpd_conf ;;
	apache) write_apache_conf apache-proxy ;;
	apache-fcgid) write_apache_conf apache-fcgid fcgid ;;
	esac
}

# example_copy(example, file, name, value, ...): "var.name = " or "Define NAME".
example_copy()
{
	sed=
	from=$1
	to=$2
	shift 2
	while [ $# -gt 0 ]; do
		name=$(echo "$1" | tr '[:lower:]' '[:upper:]')
		sed="$sed;s|^\(var\.$1 = \).*|\1\"$2\"|"
		sed="$sed;s|^\(Define $name \).*|\1$2|"
		shift 2
	done
	sed "${sed#;}" "$ROOT/conf-examples/$from.conf" >"$DIR/web/$to.conf"
}

example_copies()
{
	example_copy "$1" gesso gesso_path "$SUB/" \
	    gesso_fcgi "$SOCK/fcgi.sock" gesso_chat "$SOCK/chat.sock" \
	    gesso_ws "$SOCK/ws.sock" gesso_media "$DIR/media" \
	    gesso_htdocs "$ROOT/htdocs" gesso_bin "$DIR/bin" \
	    gesso_conf "$DIR/gesso.conf"
	example_copy "$2" sandbox gesso_sandbox "$SOCK/sandbox.sock"
}

write_lighttpd_conf()
{
	example_copies lighttpd lighttpd-sandbox
	cat >"$DIR/web/lighttpd.conf" <<-CONF
	server.modules = ( "mod_indexfile", "mod_accesslog", "mod_staticfile" )
	server.bind = "127.0.0.1"
	server.port = $PORT
	server.document-root = "$ROOT/htdocs"
	server.upload-dirs = ( "$DIR/tmp" )
	server.errorlog = "$DIR/log/lighttpd.log"
	accesslog.filename = "$DIR/log/access.log"
	# Odd addresses are gesso's to judge: it reads the raw one.
	server.http-parseopts = ( "url-ctrls-reject" => "disable",
	    "url-invalid-utf8-reject" => "disable",
	    "method-get-body" => "enable" )
	server.max-fds = $MAX_FDS
	server.max-connections = $((MAX_FDS * 2 / 5))
	mimetype.assign = ( ".html" => "text/html; charset=utf-8",
	    ".css" => "text/css", ".js" => "text/javascript",
	    ".svg" => "image/svg+xml", "" => "application/octet-stream" )
	include "gesso.conf"
	include "sandbox.conf"
	CONF
}

# write_apache_conf(example, more modules): what Debian's apache2.conf and the
# example's a2enmod line would do.
write_apache_conf()
{
	example_copies "$1" apache-sandbox
	# mod_fcgid wants the programs in a directory of their own.
	mkdir -p "$DIR/bin"
	for name in gesso.fcgi gesso-chat.fcgi; do
		ln -sf "$(program "$name")" "$DIR/bin/$name"
	done
	{
		for module in mpm_event authz_core authz_host mime dir alias setenvif \
		    headers rewrite buffer filter include deflate proxy proxy_http \
		    proxy_fcgi xsendfile ${2-}; do
			echo "LoadModule ${module}_module" \
			    "$APACHE_MODULES/mod_$module.so"
		done
		cat <<-CONF
		ServerRoot "$DIR/web"
		ServerName 127.0.0.1
		PidFile "$DIR/web/apache2.pid"
		DefaultRuntimeDir "$DIR/web"
		Mutex "file:$DIR/web"
		ErrorLog "$DIR/log/apache2.log"
		TypesConfig /etc/mime.types
		Listen 127.0.0.1:$PORT
		# A thread for each stream and each WebSocket.
		ServerLimit 16
		StartServers 1
		ThreadsPerChild 64
		MinSpareThreads 16
		MaxSpareThreads 128
		MaxRequestWorkers 1024
		DocumentRoot "$ROOT/htdocs"
		<Directory />
		Require all denied
		AllowOverride None
		</Directory>
		<IfModule fcgid_module>
		FcgidIPCDir "$SOCK"
		FcgidProcessTableFile "$DIR/web/fcgid_shm"
		</IfModule>
		Include "$DIR/web/gesso.conf"
		Include "$DIR/web/sandbox.conf"
		CustomLog "$DIR/log/access.log" combined
		CONF
	} >"$DIR/web/apache.conf"
}

# Apache serves no pages as root: where we are root it runs in a name space in
# which we are www-data.
start_web()
{
	case $SERVER in
	lighttpd) spawn lighttpd lighttpd -D -f "$DIR/web/lighttpd.conf" ;;
	*)
		as_user=
		if [ "$(id -u)" -eq 0 ]; then
			as_user="unshare --user --map-user=33 --map-group=33"
			$as_user true || die "root may run no Apache here;" \
			    "as another user, please"
		fi
		# shellcheck disable=SC2086 # words
		spawn apache2 $as_user setpriv --pdeathsig TERM \
		    apache2 -D FOREGROUND -f "$DIR/web/apache.conf"
		;;
	esac
}
