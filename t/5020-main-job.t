#!/usr/bin/perl
# From a prompt to a picture that is ours, and from a refusal to a refund.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use Gesso qw(wait_for);

my $site = Gesso->start(conf => { limit_free_calls_per_hour => 100000 });
my $user = $site->register;
my $other = $site->register;

my $task = $user->submit('a red kite over white cliffs');
is $user->power->{remaining}, 49, 'the price is held at once';
ok wait_for(sub { grep { ($_->{prompt} // '') =~ /red kite/ } $site->journal },
    5), 'the vendor is called';

my $done = $user->finished($task);
is $done->{status}, 'completed', 'the task completes' or diag explain $done;
is $done->{progress}, 100, 'wholly';
is $done->{error}, undef, 'without an error';
my $image = $done->{result}{images}[0];
like $image->{url}, qr{^http://127\.0\.0\.1:$site->{port}/media/},
    'the file lies with us';
for my $name (qw(url thumbnail)) {
	my $file = $site->get($image->{$name});
	is $file->{status}, 200, "the $name is there";
	like $file->{headers}{'content-type'}, qr{^image/}, 'as a picture';
	my $part = $site->get($image->{$name}, { Range => 'bytes=0-9' });
	is "$part->{status} $part->{headers}{'content-length'}", '206 10',
	    'and in parts';
}
is_deeply [ @{ $user->power }{qw(total used remaining)} ], [ 50, 1, 49 ],
    'it has cost 1';

my $works = $user->get('/works')->{json}{data};
is $works->{total}, 1, 'the work is listed';
is $works->{list}[0]{status}, 'completed', 'as finished';
is $other->get('/works')->{json}{data}{total}, 0, 'for its owner';
is $other->get("/generate/task/$task")->{status}, 404, 'for nobody else';
is $user->get("/generate/video-task/$task")->{status}, 404,
    'and it is no film';

for my $case ([ refuse => 'content_policy' ], [ badkey =>
    'provider_misconfigured' ], [ notanimage => 'result_invalid' ]) {
	my ($word, $reason) = @$case;
	my $failed = $user->finished($user->submit("a quiet sunset, $word"), 60);
	is $failed->{status}, 'failed', "$word fails" or diag explain $failed;
	is $failed->{reason}, $reason, "with $reason";
	ok $failed->{error}, 'and says so';
	like $user->get("/generate/task/$failed->{taskId}",
	    { 'Accept-Language' => 'en' })->{json}{data}{error},
	    qr/^[ -~]+\.$/, 'in the language of who asks';
	is $failed->{refunded}, 1, 'and is paid back';
	unlike $failed->{error}, qr/sandbox|openai|127\.0/i,
	    'without the words of the vendor';
}
is $user->power->{remaining}, 49, 'to the last unit';

# The quickest of some: the machine may do other things.
my @took;
for my $n (1 .. 8) {
	my $began = time;
	$user->submit("a green kite, $n");
	wait_for(sub { grep { ($_->{prompt} // '') eq "a green kite, $n" }
	    $site->journal });
	push @took, time - $began;
	last if $took[-1] < 1;
}
cmp_ok $took[-1], '<', 1, 'a vendor is called within a second';

my $retried = $user->finished($user->submit('a fox, failonce'), 60);
is $retried->{status}, 'completed', 'a passing failure is got over';

is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';

done_testing;
