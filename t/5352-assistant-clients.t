#!/usr/bin/perl
# The assistant, heard by clients that we did not write.
use strict;
use warnings;
use utf8;
use JSON::PP;
use Test::More;
use Gesso;

my $site = Gesso->start(delay => 1500, conf => {
	limit_free_calls_per_hour => 1000 });
my $user = $site->register;
my $url = "$site->{base}/assistant/chat";
my $json = JSON::PP->new->utf8;

# What was said, of the conversation that was talked in last.
sub kept {
	my $list = $user->get('/assistant/conversations')->{json}{data}{list};
	return $user->get("/assistant/conversations/$list->[0]{id}")
	    ->{json}{data}{messages}[1]{content};
}

sub check {
	my ($name, @events) = @_;
	is $events[0]{type}, 'start', "$name hears the start";
	is $events[-1]{type}, 'done', 'and the end';
	is join('', map { $_->{content} // '' } @events), kept(),
	    'and each word, in its place';
	return;
}

my $curl = Gesso::run('', 'curl', '-sN', $url,
    '-H', "Authorization: Bearer $user->{token}",
    '-H', 'Content-Type: application/json',
    '-d', $json->encode({ message => 'curl，你好！ splitutf8' }));
is $curl->{status}, 0, 'curl -N is content';
like $curl->{out}, qr/\A(?:data: \{[^\n]*\}\n\n)+\z/, 'with lines of data';
check('curl', map { $json->decode($_) } $curl->{out} =~ /^data: (.*)$/mg);

SKIP: {
	my $npm = Gesso::root() . '/t/npm';
	skip 'no eventsource-parser: npm ci in t/npm', 6
	    unless -d "$npm/node_modules/eventsource-parser";
	my $page = Gesso::run('', 'node', "$npm/events.mjs", $url,
	    $user->{token}, $json->encode({ message => 'a page，你好！' }));
	is $page->{status}, 0, 'a page is content' or diag $page->{err};
	my @events = map { $json->decode($_) } split /\n/, $page->{out};
	check('a page', @events);
	is scalar(grep { defined $_->{name} } @events), 0, 'events have no names';
	my @words = grep { $_->{type} eq 'token' } @events;
	isnt $words[-1]{ms}, $words[0]{ms}, 'the words come one after another';
}

done_testing;
