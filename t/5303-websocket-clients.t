#!/usr/bin/perl
# Clients that we did not write: Chromium's WebSocket on a page of the site, and
# for programs that of npm's ws and the one of node.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Chromium;
use Gesso;

my $site = Gesso->start(delay => 300);
my $script = Gesso::root() . '/t/npm/listen.js';
my $json = JSON::PP->new->utf8->canonical;

sub facts {
	my ($user) = @_;
	return $json->encode({ base => $site->{base}, ws => $site->{ws},
		token => $user->{token} });
}

sub judge {
	my ($name, $seen) = @_;
	like "@{ $seen->{types} }", qr/^(task_progress )+task_complete$/,
	    "$name: progress, then the end";
	ok $seen->{sameTask} && $seen->{grows}, 'of the task, in order';
	is_deeply $seen->{result}, $seen->{status}{result},
	    'with the result that the status call gives';
	is $seen->{works}, 2, 'and its works';
	is_deeply $seen->{own}, [ 1000, JSON::PP::true ], 'it closes cleanly';
	ok $seen->{again}, 'since, with a ticket: the same again';
	is $seen->{$_}[0], 1006, "refused: $_" for qw(used bad protocol);
	is_deeply $seen->{chatty}, [ 1009, JSON::PP::true ],
	    'who says too much is closed';
	ok $seen->{still}, 'who says little is not';
	is_deeply $seen->{logout}, [ 4401, JSON::PP::true ],
	    'the end of the session is heard as 4401';
	return;
}

for my $name (qw(ws node)) {
	SKIP: {
		my $there = Gesso::run(undef, 'node', '-e', $name eq 'ws'
		    ? "require('" . Gesso::root() . "/t/npm/node_modules/ws')"
		    : 'new WebSocket("ws://127.0.0.1:9").onerror = () => 0');
		skip "no WebSocket of $name here", 12 if $there->{status};
		my $user = $site->register;
		my $ran = Gesso::run(undef, 'node', $script, $name, facts($user));
		is $ran->{status}, 0, "$name comes to its end" or diag $ran->{err};
		judge($name, $json->decode($ran->{out})) unless $ran->{status};
	}
}

SKIP: {
	my $browser = Chromium->start or skip 'no chromium here', 13;
	$browser->visit("http://127.0.0.1:$site->{port}/");
	my $user = $site->register;
	judge('Chromium', $browser->run(Gesso::slurp($script) .
	    '; listen(WebSocket, ' . facts($user) . ')'));

	# Where only others may.
	my $strict = Gesso->start(conf => { ws_origins =>
	    'https://art.example.org' });
	$user = $strict->register;
	$browser->visit("http://127.0.0.1:$strict->{port}/");
	is_deeply $browser->run('new Promise((done) => { new WebSocket("' .
	    "$strict->{ws}?token=$user->{token}\").onclose = " .
	    '(event) => done([event.code, event.reason]) })'),
	    [ 1008, 'this origin may not connect' ],
	    'a page that is not listed is told so';
}

done_testing;
