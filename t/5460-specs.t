#!/usr/bin/perl
# What every protocol sends, and what the simulated vendors answer, keeps to the
# vendors' own descriptions (t/specs), as a validator judges that is not ours.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use IPC::Open2 qw(open2);
use JSON::PP;
use MIME::Base64;
use Test::More;
use Gesso;
use Sandbox;
use Vendors;

my $npm = Gesso::root() . '/t/npm';
plan skip_all => 'no validator: npm ci in t/npm'
    unless -d "$npm/node_modules/\@stoplight/prism-http";

my $dir = tempdir('specs-XXXXXX', TMPDIR => 1, CLEANUP => !$ENV{GESSO_KEEP});
my $port = Gesso::free_port();
my $judge = open2(my $from, my $to, 'node', "$npm/prism.js",
    "http://127.0.0.1:$port/sandbox", "$dir/log");
chomp(my $at = <$from> // die "no validator\n");
my $base = "http://127.0.0.1:$at";
my $sandbox = Sandbox->start(delay => 20, port => $port, public => $base);
END {
	local $?;
	close $to if $to;
	waitpid $judge, 0 if $judge;
}

sub exchanges {
	return map { decode_json($_) } split /\n/, Gesso::slurp("$dir/log");
}

# Pictures of the sizes that the jobs below want.
sub picture {
	my ($size) = @_;
	my $path = "$dir/$size.png";
	return $path if -s $path;
	my $made = $sandbox->post('/openai/v1/images/generations',
	    { prompt => 'in', model => 'gpt-image-2', size => $size },
	    $sandbox->bearer)->{json}{data}[0]{b64_json};
	open my $file, '>', $path or die;
	print {$file} decode_base64($made);
	close $file;
	return $path;
}

my $graph = encode_json(Vendors::comfyui());
my %film = (duration => 6);
my $square = picture('1024x1024');
my $wide = picture('1280x720');

# protocol, what, base, model, fields
my @jobs = (
	[ qw(openai picture /openai/v1 gpt-image-2), count => 2, style => 'ink',
	    negative => 'fog' ],
	[ qw(openai picture /openai/v1 gpt-image-2), picture => $square ],
	[ qw(openai picture /openai/v1 dall-e-3), style => 'natural' ],
	[ qw(openai picture /openai/v1 dall-e-2), width => 512, height => 512 ],
	[ qw(openai picture /openai/v1 gpt-image-2), then => 'models' ],
	[ qw(openai film /openai/v1 sora-2), %film ],
	[ qw(openai film /openai/v1 sora-2), %film, picture => $wide ],
	[ qw(openai film /openai/v1 sora-2), then => 'cancel' ],
	[ qw(stability-v1 picture /stability stable-diffusion-xl-1024-v1-0),
	    count => 2, seed => 7, style => 'anime', negative => 'fog' ],
	[ qw(stability-v1 picture /stability stable-diffusion-xl-1024-v1-0),
	    picture => $square, strength => 0.3 ],
	(map { [ qw(stability-v2 picture /stability), $_, seed => 7,
	    style => 'anime', negative => 'fog' ] }
	    qw(sd3.5-large sd3.5-medium core ultra)),
	(map { [ qw(stability-v2 picture /stability), $_, picture => $square ] }
	    qw(sd3.5-large ultra)),
	(map { [ qw(veo film /google/v1beta), $_, %film, negative => 'fog' ],
	    [ qw(veo film /google/v1beta), $_, %film, picture => $wide,
	    resolution => '1080p' ] } qw(veo-2.0-generate-001
	    veo-3.0-generate-001 veo-3.1-generate-001)),
	[ qw(omni film /google/v1beta gemini-omni-1.1-flash), %film ],
	[ qw(omni film /google/v1beta gemini-omni-1.1-flash), picture => $wide ],
	[ qw(omni film /google/v1beta gemini-omni-1.1-flash),
	    then => 'cancel' ],
	[ qw(runway film /runway gen4.5), %film, seed => 4294967295 ],
	[ qw(runway film /runway gen4.5), picture => $wide ],
	[ qw(runway film /runway gen4_turbo), picture => $wide ],
	[ qw(runway film /runway veo3.1), %film ],
	[ qw(runway film /runway gen4.5), then => 'cancel' ],
	[ qw(runway picture /runway gen4_image), seed => 1 ],
	[ qw(runway picture /runway gen4_image), picture => $square ],
	[ qw(replicate picture /replicate/v1 owner/sdxl), seed => 1 ],
	[ qw(replicate picture /replicate/v1 owner/sdxl), picture => $square ],
	[ qw(replicate picture /replicate/v1), 'owner/sdxl:' . 'a1' x 32 ],
	[ qw(replicate film /replicate/v1 owner/film), duration => 2 ],
	[ qw(replicate picture /replicate/v1 owner/sdxl), then => 'cancel' ],
	[ qw(automatic1111 picture /automatic1111 default), count => 2,
	    negative => 'fog' ],
	[ qw(automatic1111 picture /automatic1111 sd_xl_base_1.0),
	    picture => $square ],
	[ qw(comfyui picture /comfyui default), config => $graph, count => 2 ],
	[ qw(comfyui picture /comfyui default), config => $graph,
	    picture => $square ],
	[ qw(comfyui picture /comfyui default), config => $graph,
	    then => 'lookup' ],
	[ qw(comfyui picture /comfyui default), config => $graph,
	    then => 'cancel' ],
);

# run(job, prompt, number): what came of it, in a directory of its own.
my $program = abs_path(Gesso::build()) . '/t/unit/poller/try_vendor';
sub run {
	my ($job, $prompt, $number) = @_;
	my ($protocol, $kind, $below, $model, %fields) = @$job;
	my $own = "$dir/$number";
	mkdir $own;
	chdir $own;
	my $run = Gesso::run(undef, $program, $protocol, $kind, $base . $below,
	    $model, $prompt, map { "$_=$fields{$_}" } sort keys %fields);
	return eval { decode_json($run->{out}) } // { detail => $run->{err} };
}
sub name_of {
	my ($protocol, $kind, undef, $model, %fields) = @{ $_[0] };
	return join ' ', "$model by $protocol", $kind,
	    $fields{picture} ? 'from a picture' : (), $fields{then} // ();
}

# ends(rows of a job and a prompt): what came of each, some at a time.
sub ends {
	my @rows = @_;
	my @ends;
	while (my @some = splice @rows, 0, 8) {
		my $first = @ends;
		push @ends, map { decode_json($_) } Gesso::at_once(scalar @some,
		    sub { return encode_json(run(@{ $some[$_[0]] },
			$first + $_[0])) });
	}
	return @ends;
}

my @good = ends(map { [ $_, 'a kite' ] } @jobs);
for my $job (@jobs) {
	my $name = name_of($job);
	my $end = shift @good;
	if ($name =~ /models$/) {
		cmp_ok $end->{models}, '>', 3, $name;
	} elsif ($name !~ /cancel$/) {
		is $end->{verdict}, 'ready', $name or diag explain $end;
		is_deeply [ grep { !$_->{fetched} } @{ $end->{assets} } ], [],
		    'and is fetched';
	}
}

# What vendors say when they can't, or won't, each once a protocol.
my %seen;
my @first = grep { !$seen{"@$_[0, 1]"}++ } @jobs;
my @words = qw(refuse contentfiltered badkey modelgone nomoney limitonce failonce
    servererror failjob cancelled throttled pollfail b64lines);
my @rows = map {
	my ($job, $film) = ([ @$_, duration => 2 ], $_->[1] eq 'film');
	map { [ $job, "a kite, $_" ] } grep { !$film || !/b64/ } @words;
} @first;
my @said = ends(@rows);
for my $row (@rows) {
	my $end = shift @said;
	my $want = $row->[1] =~ /once|throttled|pollfail|b64lines/
	    ? qr/ready/ : qr/ready|refused/;
	like $end->{verdict}, $want, name_of($row->[0]) . ": $row->[1]"
	    or diag explain $end;
}

my @all = grep { $_->{operation} } exchanges();
my @wrong = grep { @{ $_->{violations} } } @all;
is_deeply \@wrong, [], 'nothing breaks a description, on either side';
my %operations = map { $_->{operation} => 1 } @all;
cmp_ok scalar keys %operations, '>=', 24, 'of many operations'
    or diag explain [ sort keys %operations ];
diag scalar(@all) . ' exchanges of ' . keys(%operations) . ' operations';

# The validator sees what is wrong, on either side.
my $bad = HTTP::Tiny->new->post("$base/openai/v1/videos", { headers => {
	Authorization => 'Bearer x', 'Content-Type' => 'application/json' },
	content => '{"prompt":"x","seconds":5}' });
is $bad->{status}, 422, 'a wrong request is refused';
$bad = HTTP::Tiny->new->post("$base/runway/v1/text_to_video", { headers => {
	Authorization => 'Bearer x', 'Content-Type' => 'application/json' },
	content => '{"model":"gen4.5","promptText":"x","ratio":"1280:720",' .
	    '"duration":5}' });
is $bad->{status}, 422, 'so is one without a header';
$bad = HTTP::Tiny->new->post("$base/openai/v1/images/generations", {
	headers => { Authorization => 'Bearer x',
	    'Content-Type' => 'application/json' },
	content => '{"prompt":"a kite, notjson","model":"gpt-image-2"}' });
is $bad->{status}, 500, 'and a wrong answer';

done_testing;
