#!/usr/bin/perl
# A model that is silent, behind each web server: comments every 15 s, and a
# reader who has left is noticed by them, at the second at the latest.
use strict;
use warnings;
use Test::More;
use ChatVendor;
use Gesso qw(wait_for);
use Time::HiRes qw(time);

for my $front (qw(lighttpd apache apache-fcgid)) {
	my $site = Gesso->start(options => [ '--server', $front ]);
	my $vendor = ChatVendor->start;
	$vendor->join($site);
	my $user = $site->register;

	my $stream = $user->ask({ model => 'parrot',
	    message => 'first=32000 words=2' });
	my $start = $stream->next(25);
	my $after = time - $stream->{began};
	is $start->{type}, 'start', "$front: what is silent begins";
	ok $after > 14 && $after < 18, 'after 15 s' or diag $after;
	my @events = $stream->rest(40);
	is join(' ', map { $_->{type} } @events), 'token token done',
	    'its words come when it says them';
	is $stream->{comments}, 2, 'two comments until then';

	$stream = $user->ask({ model => 'parrot', message => 'words=3 end=hang' });
	$stream->next for 1 .. 4;
	my $left = time;
	$stream->close;
	my $call;
	ok wait_for(sub {
		($call) = grep { $_->{body}{messages}[-1]{content} =~ /hang/ }
		    $vendor->calls;
		return $call->{ended};
	}, 40), 'who leaves ends the call';
	my $noticed = ($call->{ended} // 0) - $left;
	cmp_ok $noticed, '<', 31, 'within two comments';
	diag sprintf '%s: noticed after %.1f s', $front, $noticed;
	my $talk = $user->get('/assistant/conversations')->{json}{data}{list}[0];
	my $answer = $user->get("/assistant/conversations/$talk->{id}")
	    ->{json}{data}{messages}[1];
	is "$answer->{status}: $answer->{content}", 'partial: w0 w1 w2 ',
	    'and what came is kept';
	$site->stop;
}

done_testing;
