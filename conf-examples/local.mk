# Examples and units are written for Debian's places; what is installed names
# the places and the user of this installation.
examples = apache-fcgid.conf apache-proxy.conf apache-sandbox.conf crontab gesso.conf \
	lighttpd.conf lighttpd-sandbox.conf logrotate
units = gesso.service gesso.socket gesso-chat.service gesso-chat.socket \
	gesso-notifier.service gesso-poller.service gesso-poller.timer
EXTRA_DIST += $(examples:%=conf-examples/%) $(units:%=conf-examples/%) \
	conf-examples/README.md conf-examples/sysusers.conf \
	conf-examples/tmpfiles.conf

examplesdir = $(docdir)/examples
nodist_examples_DATA = $(examples:%=examples/%)
noinst_DATA = $(units:%=examples/%) examples/sysusers.d/gesso.conf \
	examples/tmpfiles.d/gesso.conf
if SYSTEMD
nodist_systemdsystemunit_DATA = $(units:%=examples/%)
sysusersdir = $(systemdsystemunitdir)/../../sysusers.d
tmpfilesdir = $(systemdsystemunitdir)/../../tmpfiles.d
nodist_sysusers_DATA = examples/sysusers.d/gesso.conf
nodist_tmpfiles_DATA = examples/tmpfiles.d/gesso.conf
endif

rundir = $(runstatedir)/gesso
statedir = $(localstatedir)/lib/gesso
confdir = $(sysconfdir)/gesso
places = mkdir -p $(@D) && $(SED) \
	-e 's|/usr/libexec/gesso/\(gesso[-chat]*\.fcgi\)|$(fcgibindir)/\1|g' \
	-e 's|/usr/libexec/gesso|$(gessolibexecdir)|g' \
	-e 's|/usr/share/gesso|$(pkgdatadir)|g' \
	-e 's|/usr/bin/gessoctl|$(bindir)/gessoctl|g' \
	-e 's|/etc/gesso|$(confdir)|g' \
	-e 's|/var/lib/gesso|$(statedir)|g' \
	-e 's|/run/gesso|$(rundir)|g' \
	-e 's|www-data:www-data|$(GESSO_USER):$(GESSO_GROUP)|g' \
	-e 's|\(Group=\)www-data|\1$(GESSO_GROUP)|g' \
	-e 's|www-data|$(GESSO_USER)|g'
examples/%: conf-examples/% Makefile
	$(AM_V_GEN)$(places) $< > $@
examples/sysusers.d/gesso.conf: conf-examples/sysusers.conf Makefile
	$(AM_V_GEN)$(places) $< > $@
examples/tmpfiles.d/gesso.conf: conf-examples/tmpfiles.conf Makefile
	$(AM_V_GEN)$(places) $< > $@
clean-local:
	rm -rf examples

# Settings are never overwritten.  What others may read is the web server's
# group's; owners are set where root installs in place.
install-data-hook:
	$(MKDIR_P) $(DESTDIR)$(confdir) $(DESTDIR)$(statedir)/media
	test -e $(DESTDIR)$(confdir)/gesso.conf || $(INSTALL) -m 640 \
	    examples/gesso.conf $(DESTDIR)$(confdir)/gesso.conf
	chmod 750 $(DESTDIR)$(confdir) $(DESTDIR)$(statedir) \
	    $(DESTDIR)$(statedir)/media
	if test -z "$(DESTDIR)" && test `id -u` -eq 0 && \
	    id $(GESSO_USER) >/dev/null 2>&1; then \
		chgrp $(GESSO_GROUP) $(confdir) $(confdir)/gesso.conf && \
		chown $(GESSO_USER):$(GESSO_GROUP) $(statedir) \
		    $(statedir)/media; \
	fi

# What somebody changed or made stays.
uninstall-hook:
	if cmp -s examples/gesso.conf $(DESTDIR)$(confdir)/gesso.conf; then \
		rm -f $(DESTDIR)$(confdir)/gesso.conf; \
	fi
	for directory in $(confdir) $(statedir)/media $(statedir) \
	    $(examplesdir) $(docdir) $(errorsdir) $(htdocsdir) $(pkgdatadir) \
	    $(gessolibexecdir); do \
		rmdir "$(DESTDIR)$$directory" 2>/dev/null || :; \
	done
