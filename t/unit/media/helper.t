#!/usr/bin/perl
# gesso-media by hand: its seal, its facts, its small pictures.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Tree;

my $build = $ENV{GESSO_BUILD} // Tree::root() . '/build';
my $media = "$build/media-helper/gesso-media";
my $maker = "$build/t/unit/media/film-make";
my $samples = Tree::root() . '/t/fuzz/corpus/head';
my $dir = tempdir(CLEANUP => 1);

# facts(file): what gesso-media says of it, and the bytes of its thumbnail.
sub facts {
	my ($file) = @_;
	open my $out, '-|', $media, '--facts', $file, "$dir/thumbnail"
	    or die "$media: $!";
	my $facts = decode_json(join '', <$out>);
	close $out;
	open my $in, '<:raw', "$dir/thumbnail" or return $facts;
	my $thumbnail = do { local $/; <$in> };
	return ($facts, $thumbnail);
}

# jpeg_size(bytes): width and height by its frame header.
sub jpeg_size {
	my ($bytes) = @_;
	return $bytes =~ /^\xff\xd8.*?\xff\xc0..\x08(..)(..)/s
	    ? (unpack('n', $2), unpack('n', $1)) : ();
}

subtest 'the seal holds' => sub {
	my @lines = `$media --check`;
	is $? >> 8, 0, 'so says --check';
	cmp_ok scalar @lines, '>', 30, 'having tried more than 30 calls';
	my ($denied, $tried) =
	    $lines[-1] =~ /^(\d+) of (\d+) forbidden calls denied$/;
	is $denied, $tried, 'all of them were denied';
	ok !grep({ /THROUGH/ } @lines), 'none went through';
};

subtest 'it is not started by hand' => sub {
	my $said = `$media 2>&1 </dev/null`;
	is $? >> 8, 64, 'a usage error';
	like $said, qr/^usage: gesso-media/, 'and it says how';
	like `$media --help`, qr/^usage:/, '--help is an answer';
	like `$media --version`, qr/^gesso-media \d/, 'so is --version';
};

subtest 'every sample is decoded inside the seal' => sub {
	for my $file (grep { !/\.(mp4|mov|webm)$/ } glob "$samples/*") {
		my ($facts, $thumbnail) = facts($file);
		my ($name) = $file =~ m{([^/]+)$};
		ok $facts->{taken}, "$name is taken" or diag $facts->{why};
		ok length $thumbnail, "$name has a thumbnail";
		unlike $thumbnail, qr/Exif|http:|ICC_PROFILE|tEXt/,
		    "that of $name has no metadata";
	}
};

subtest 'pictures are shown upright' => sub {
	my ($facts, $thumbnail) = facts("$samples/turned.jpg");
	is "$facts->{width}x$facts->{height}", '16x24', 'by their facts';
	is_deeply [ jpeg_size($thumbnail) ], [ 16, 24 ],
	    'and by their thumbnail';
	($facts) = facts("$samples/turned.png");
	is "$facts->{width}x$facts->{height}", '16x24', 'a PNG too';
};

my @films = (
	[ 'film.mp4', 320, 180, 2, 24, 'libx264' ],
	[ 'film.webm', 320, 240, 1, 30, 'libvpx' ],
	[ 'film9.webm', 320, 240, 1, 30, 'libvpx-vp9' ],
	[ 'film.mov', 640, 360, 1, 10, 'mjpeg' ],
	[ 'old.mp4', 320, 240, 1, 25, 'mpeg4' ],
);
SKIP: {
	skip 'built without libav', 1 unless -x $maker;
	subtest 'films are measured, and have a poster' => sub {
		for (@films) {
			my ($name, @how) = @$_;
			system($maker, "$dir/$name", @how) == 0
			    or diag("no $how[-1] here"), next;
			my ($facts, $poster) = facts("$dir/$name");
			ok $facts->{taken}, "$name is taken"
			    or diag $facts->{why};
			is "$facts->{width}x$facts->{height}",
			    "$how[0]x$how[1]",
			    "$name: size";
			is $facts->{durationMs}, $how[2] * 1000,
			    "$name: duration";
			is $facts->{fps}, $how[3], "$name: rate";
			is_deeply [ jpeg_size($poster) ],
			    [ 320, $how[1] * 320 / $how[0] ], "$name: poster";
		}
	};
	subtest 'films are shown upright' => sub {
		system($maker, "$dir/turned.mp4", 320, 240, 1, 10, 'mpeg4', 90);
		my ($facts, $poster) = facts("$dir/turned.mp4");
		is "$facts->{width}x$facts->{height}", '240x320', 'facts';
		is_deeply [ jpeg_size($poster) ], [ 240, 320 ], 'poster';
	};
	subtest 'a film without pictures is refused' => sub {
		system($maker, "$dir/a.mkv", 64, 48, 1, 10, 'mpeg4');
		my ($facts) = facts("$dir/a.mkv");
		ok !$facts->{taken}, 'Matroska that is not WebM';
		open my $film, '<:raw', "$dir/film.mp4" or die;
		my $bytes = do { local $/; <$film> };
		for my $part (1, 2, 3) {
			open my $cut, '>:raw', "$dir/cut.mp4" or die;
			print $cut substr $bytes, 0, $part * length($bytes) / 4;
			close $cut;
			($facts) = facts("$dir/cut.mp4");
			ok !$facts->{taken}, "$part quarters of one";
		}
	};
}

done_testing;
