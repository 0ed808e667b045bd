#!/usr/bin/perl
# Every protocol meets everything that a vendor can do to it: how the task ends,
# what is paid back, how often the vendor was asked, and that it never works
# twice for one task.
use strict;
use warnings;
use Test::More;
use Gesso qw(wait_for);
use Media qw(png);
use Tree qw(text);
use Vendors;

# How a protocol gets its works: with the answer to the submission (in base64,
# or as they are), by a link that needs no key, or from the vendor's own place
# (of the Videos API by the task's id alone).
my %ways = (
	'openai-images' => 'here base64', 'openai-images/edit' => 'here base64',
	'stability-v1' => 'here base64', 'automatic1111' => 'here base64',
	'stability-v2' => 'here', 'stability-v2/edit' => 'here',
	'localai' => 'link', 'runway' => 'link', 'runway/edit' => 'link',
	'runway-images' => 'link', 'replicate' => 'link',
	'replicate-films' => 'link',
	'openai-videos' => 'there id', 'vllm' => 'there id', 'veo' => 'there',
	'omni' => 'there', 'comfyui' => 'there',
);

# The word in the prompt, how often the vendor is asked (+: until the deadline),
# how the task ends, and where it ends otherwise.  What a word can't mean for a
# vendor has no effect there.
my $table = <<'TABLE';
instant          1  completed
throttled        1  completed
pollfail         1  completed
failonce         2  completed
htmlonce         2  completed
limitonce        2  completed
limitbare        2  completed
relativelink     1  completed
redirect         1  completed
otherhost        1  completed               veo,omni=result_invalid
wrongtype        1  completed
moovlast         1  completed
b64lines         1  completed
refuse           1  content_policy
contentfiltered  1  content_policy
badkey           1  provider_misconfigured
modelgone        1  provider_misconfigured
nomoney          1  provider_misconfigured
limitalways      +  provider_unavailable
downalways       +  provider_unavailable
servererror      1  provider_unavailable
errorstring      1  provider_unavailable
errordetail      1  provider_unavailable
errormessage     1  provider_unavailable
errorobject      1  provider_unavailable
errorlist        1  provider_unavailable
lostanswer       1  provider_unavailable
failjob          1  provider_unavailable
cancelled        1  provider_unavailable    here,localai=completed
neverends        1  deadline                here,localai=provider_timeout
slowbody         1  deadline                here=provider_timeout
truncated        1  result_invalid          here=provider_timeout
nofile           1  result_invalid          here=completed
redirectloop     1  result_invalid          here=completed
metadatalink     1  result_invalid          here,comfyui,id=completed
noresult         1  result_invalid          id=completed
notjson          1  result_invalid
hugefile         1  result_invalid
notanimage       1  result_invalid
pngbomb          1  result_invalid
b64bad           1  completed               base64=result_invalid
TABLE

# These end by their deadline, and so does an answer that is cut off.
my $long = qr/^(.*always|neverends|slowbody)$/;
# A vendor that fails is given a rest, and is left alone a while when it says
# so: those have a vendor of their own.
my $alone = qr/^(fail|html|limit|down|server|error|badkey|nomoney)/;

my (@cells, %vendor);
for (split /\n/, $table) {
	my ($word, $sent, $end, $but) = split;
	my ($where, $what) = split /=/, $but // '';
	my %other = map { $_ => $what } split /,/, $where // '';
	for my $name (sort keys %ways) {
		my ($base, $edit) = split m{/}, $name;
		my ($other) = grep { defined } map { $other{$_} } $name,
		    split / /, $ways{$name};
		my $lonely = $word =~ $alone ? $word : '';
		my $slow = $word =~ $long ||
		    $word eq 'truncated' && $ways{$name} =~ /^here/;
		my $vendor = "$base/$lonely" . ($edit // '') .
		    ($slow ? '-long' : '');
		$vendor{$vendor} = $slow ? 1 : 0;
		push @cells, { name => $name, word => $word, sent => $sent,
			vendor => $vendor, edit => $edit,
			prompt => "a kite by $name, $word",
			end => $other // $end };
	}
}
cmp_ok scalar keys %ways, '>=', 12, 'protocols and operations';
cmp_ok scalar(() = $table =~ /\n/g), '>=', 22, 'things that happen to each';

my $site = Gesso->start(delay => 10, rhythm => 300, conf => {
	signup_power => 100000, poller_tasks => 5000,
	limit_free_images_per_day => 10000, limit_free_videos_per_day => 10000,
	limit_free_calls_per_hour => 1000000 });
my $user = $site->register;
my $vendors = Vendors->add($site, sort keys %vendor);
$site->sql(join ';', 'UPDATE model SET deadline_s = 600',
    'UPDATE provider SET concurrency = 1000', map {
	"UPDATE model SET deadline_s = 20 WHERE provider_id = " .
	"'$vendors->{id}{$_}'" } grep { $vendor{$_} } keys %vendor);

# All at once, those that take their time first.
my $picture = png(256, 256);
for my $cell (sort { $vendor{$b->{vendor}} <=> $vendor{$a->{vendor}} } @cells) {
	$cell->{id} = $vendors->submit($user, $cell->{vendor}, $cell->{prompt},
	    $vendors->{film}{$cell->{vendor}} ? (duration => 2)
		: (width => 256, height => 256),
	    $cell->{edit} ? (image => $picture) : ());
}
ok wait_for(sub { !$site->sql('SELECT COUNT(*) FROM task WHERE finished_at ' .
    'IS NULL') }, 240), scalar(@cells) . ' tasks are over';

my (%calls, %used);
for my $call (grep { defined $_->{prompt} } $site->journal) {
	my $seen = $calls{$call->{prompt}} //= { sent => 0, accepted => 0 };
	$seen->{sent}++;
	$seen->{accepted}++ if $call->{accepted};
}
for my $cell (@cells) {
	my $film = $vendors->{film}{$cell->{vendor}};
	my $task = $vendors->finished($user, $cell->{vendor}, $cell->{id}, 1);
	my $seen = $calls{$cell->{prompt}} // { sent => 0, accepted => 0 };
	my $good = $cell->{end} eq 'completed';
	my $end = $task->{reason} // $task->{status};
	# the last try was under way when the time was over
	$end = 'provider_unavailable'
	    if $cell->{sent} eq '+' && $end eq 'provider_timeout';
	my $sent = $cell->{sent} eq '+' && $seen->{sent} > 0 ? '+'
	    : $seen->{sent};
	is "$end, asked $sent, paid back $task->{refunded}",
	    "$cell->{end}, asked $cell->{sent}, paid back " .
	    ($good ? 0 : $film ? 2 : 1), "$cell->{word} at $cell->{name}"
	    or diag explain $task;
	cmp_ok $seen->{accepted}, '<=', 1, 'the vendor works once at most';
	$used{ $film ? 'videos' : 'images' }++
	    if $cell->{end} =~ /^(completed|content_policy)$/;
}
my $limits = $user->get('/user/limits')->{json}{data};
is $limits->{$_}{used}, $used{$_},
    "the day's $_ are given back, but for refused contents"
    for sort keys %used;
my $audit = $site->ctl('ledger', 'audit');
is $audit->{status}, 0, 'the ledger is right' or diag explain $audit;
unlike $site->log('gesso-poller'), qr/key-of-/, 'no key is in the log';

# The manual tells the same.
my ($told) = text('man/gesso-sandbox.7') =~
    /^\.Ss What becomes of a task\n.*?^(\.It.*?)^\.El/ms;
my %told = map { /^Li (\w+)\n(.*)/s
    ? ("$1" => [ sort $2 =~ /\b([a-z]\w+)/g ]) : () }
    split /^\.It /m, $told // '';
my %ends;
push @{ $ends{$2} }, $1 while $table =~ /^(\w+)\s+\S+\s+(\w+)/mg;
is_deeply \%told,
    { map { $_ => [ sort @{ $ends{$_} } ] } keys %ends },
    'gesso-sandbox(7) says how tasks end';

done_testing;
