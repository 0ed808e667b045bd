# Every JSON reply that a test gets is held against openapi.json, by a validator
# from npm that runs beside the test.  Without node (or after a fork) nothing is
# judged.
package OpenApi;
use strict;
use warnings;

use IPC::Open2 qw(open2);
use JSON::PP;
use Test::Builder;

my $JSON = JSON::PP->new->utf8;
my ($pid, $owner, $to, $from);

# start(root of the tree): true when replies can be judged.
sub start {
	my ($root) = @_;
	return $owner == $$ && $pid if defined $owner;
	($owner, $pid) = ($$, 0);
	return 0 unless -d "$root/t/npm/node_modules/ajv";
	$pid = eval {
		open2($from, $to, 'node', "$root/t/npm/validate.js",
		    "$root/openapi.json");
	} or return 0;
	return 1;
}

# judge(method, path below the base, reply of HTTP::Tiny): a test fails when the
# reply is not as described.
sub judge {
	my ($method, $path, $reply) = @_;
	local $SIG{PIPE} = 'IGNORE';
	my $type = $reply->{headers}{'content-type'} // '';
	return if $method !~ /^(GET|POST|PUT|DELETE)$/ ||
	    $type !~ m{^application/json} || !defined $reply->{json} ||
	    $reply->{status} == 599;
	$to->autoflush(1);
	print {$to} $JSON->encode({ method => $method,
	    path => $path =~ s/\?.*//sr, status => 0 + $reply->{status},
	    type => $type, body => $reply->{json} }), "\n";
	my $verdict = <$from> // "the validator has gone\n";
	chomp $verdict;
	return if $verdict eq 'ok';
	my $test = Test::Builder->new;
	$test->ok(0, "$method $path keeps to openapi.json");
	$test->diag("$reply->{status}: $verdict\n$reply->{content}");
	return;
}

END {
	local $?;
	# It would not see the end of its input while a child has it open.
	if ($pid && $owner == $$) {
		kill 'TERM', $pid;
		waitpid $pid, 0;
	}
}

1;
