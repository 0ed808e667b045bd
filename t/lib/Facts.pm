# What a file says of itself, read without any code of ours.
#
#	facts($bytes): { type => 'png', width, height } or
#	    { type => 'mp4', width, height, duration, frames }, or undef.
package Facts;
use strict;
use warnings;
use Exporter qw(import);
our @EXPORT_OK = qw(facts);

sub facts {
	my ($bytes) = @_;
	return { type => 'png', width => unpack('N', substr $bytes, 16, 4),
	    height => unpack('N', substr $bytes, 20, 4) }
	    if $bytes =~ /^\x89PNG\r\n\x1a\n/;
	return film($bytes) if substr($bytes, 4, 4) eq 'ftyp';
	return undef;
}

# boxes(bytes): [type, content] of the boxes of ISO 14496-12 one after the other.
sub boxes {
	my ($bytes) = @_;
	my ($at, @boxes) = (0);
	while ($at + 8 <= length $bytes) {
		my ($size, $type) = unpack 'N a4', substr $bytes, $at, 8;
		last if $size < 8;
		push @boxes, [ $type, substr $bytes, $at + 8, $size - 8 ];
		$at += $size;
	}
	return @boxes;
}

# inside(bytes, type, type ...): the first such box in the first such box ...
sub inside {
	my ($bytes, @types) = @_;
	for my $type (@types) {
		my ($box) = grep { $_->[0] eq $type } boxes($bytes);
		return undef unless $box;
		$bytes = $box->[1];
	}
	return $bytes;
}

sub film {
	my ($bytes) = @_;
	my $head = inside($bytes, 'moov', 'mvhd') // return undef;
	my $track = inside($bytes, 'moov', 'trak', 'tkhd') // return undef;
	my $sizes = inside($bytes, 'moov', 'trak', 'mdia', 'minf', 'stbl',
	    'stsz') // return undef;
	# Version 1 has times of 64 bits.
	my ($scale, $length) = ord $head ? unpack('x20 N Q>', $head)
	    : unpack('x12 N N', $head);
	my ($width, $height) = unpack 'N N', substr $track, -8;
	return { type => 'mp4', width => $width >> 16, height => $height >> 16,
	    duration => $length / $scale, frames => unpack('x8 N', $sizes) };
}

1;
