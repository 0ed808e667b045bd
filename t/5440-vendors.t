#!/usr/bin/perl
# Every protocol makes what was asked for, or the nearest that it can, and the
# works say what they really are.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Test::More;
use Gesso;
use Media qw(png);
use Vendors;

my $site = Gesso->start(delay => 20, conf => { signup_power => 10000,
	limit_free_images_per_day => 1000, limit_free_videos_per_day => 1000,
	limit_free_calls_per_hour => 100000 });
my $user = $site->register;
my $vendors = Vendors->add($site);

# From text: what is asked for, and what each makes of it.
my %square = (width => 512, height => 512);
my %wide = (width => 1024, height => 576);
my %film = (duration => 7, fps => 24, resolution => '1080p');
my @rows = (
	[ 'openai-images', \%wide, size => '1024x576' ],
	[ 'openai-dalle', \%wide, size => '1792x1024' ],
	[ 'sandbox', \%square, size => '512x512' ],
	[ 'localai', \%square, size => '512x512' ],
	[ 'sdcpp', { %square, numImages => 2 }, size => '512x512', count => 2 ],
	[ 'stability-v1', { %wide, numImages => 2 }, size => '1344x768',
	    count => 2 ],
	[ 'stability-v2', { %wide, numImages => 2, seed => 7 }, count => 2,
	    calls => 2 ],
	[ 'stability-core', \%square, size => '1024x1024' ],
	[ 'runway-images', \%square, size => '720x720' ],
	[ 'automatic1111', { %square, numImages => 3 }, size => '512x512',
	    count => 3 ],
	[ 'comfyui', { %square, numImages => 2, seed => 4294967295 },
	    size => '512x512', count => 2, calls => 2 ],
	[ 'replicate', \%square, size => '512x512' ],
	[ 'openai-videos', \%film, size => '1280x720', duration => 8 ],
	[ 'vllm', { %film, resolution => '480p', duration => 2 },
	    size => '848x480', duration => 2 ],
	[ 'veo', \%film, size => '1920x1080', duration => 8 ],
	[ 'omni', { %film, duration => 60 }, size => '1920x1080',
	    duration => 10 ],
	[ 'runway', { %film, duration => 1 }, size => '1280x720',
	    duration => 2 ],
	[ 'replicate-films', { %film, duration => 2 } ],
);
my %tasks = map { $_->[0] => $vendors->submit($user, $_->[0],
    "a kite for $_->[0] alone", %{ $_->[1] }) } @rows;
my %done;
for my $row (@rows) {
	my ($name, undef, %want) = @$row;
	$done{$name} = $vendors->check($user, $name, "a kite for $name alone",
	    $tasks{$name}, %want);
}
is_deeply [ sort map { $_->{seed} }
	@{ $done{'stability-v2'}{result}{images} } ], [ 7, 8 ],
    'parts of one task have seeds of their own';

# From a picture: it arrives as it is, or in the size that the vendor wants.
my $picture = png(640, 360);
my %short = (duration => 2);
my @redraw = (
	[ 'openai-images', {}, '640x360' ], [ 'sandbox', {}, '640x360' ],
	[ 'stability-v1', { width => 1024, height => 1024 }, '1024x1024' ],
	[ 'stability-v2', { strength => 0.3, numImages => 2 }, '1024x1024',
	    calls => 2, count => 2 ],
	[ 'runway-images', \%square, '720x720' ],
	[ 'automatic1111', \%square, '512x512' ],
	[ 'comfyui', \%square, '512x512' ],
	[ 'replicate', \%square, '512x512' ],
	[ 'openai-videos', { duration => 4 }, '1280x720' ],
	[ 'veo', \%short, '1280x720' ], [ 'omni', \%short, '1280x720' ],
	[ 'runway', \%short, '1280x720' ],
);
my %redrawn = map { $_->[0] => $vendors->submit($user, $_->[0],
    "a kite drawn by $_->[0] again", image => $picture, %{ $_->[1] }) }
    @redraw;
for my $row (@redraw) {
	my ($name, undef, $size, %want) = @$row;
	my $prompt = "a kite drawn by $name again";
	$vendors->check($user, $name, $prompt, $redrawn{$name}, %want);
	# ComfyUI takes pictures before it is asked for anything
	my ($got) = map { $_->{picture} // () } grep { $name eq 'comfyui'
	    ? $_->{path} =~ /upload/ : ($_->{prompt} // '') eq $prompt }
	    $site->journal;
	is $got && "$got->{width}x$got->{height}", $size,
	    "$name got the picture";
	is $got->{sha256}, sha256_hex($picture), 'byte for byte'
	    if $size eq '640x360';
}

is $site->ctl('ledger', 'audit')->{status}, 0, 'the ledger is right';
unlike $site->log('poller'), qr/key-of-|sandbox-key/, 'no key is in the log';

done_testing;
