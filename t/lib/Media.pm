# Pictures and films for tests.
#
#	my $png = png(64, 64);			# bytes of a picture
#	my $large = noise(1920, 1080);
#	my $gif = sample('animated.gif');	# of t/fuzz/corpus/head
#	my $film = film('a.mp4', 64, 48, 2, 10, 'libx264');
package Media;
use strict;
use warnings;
use Compress::Zlib qw(compress crc32);
use Exporter qw(import);
use File::Temp qw(tempdir);
use Gesso;

our @EXPORT_OK = qw(png noise png_chunk sample film);

sub png_chunk {
	my ($type, $data) = @_;
	return pack('N', length $data) . $type . $data .
	    pack 'N', crc32($type . $data);
}

# png(width, height, colour, chunks before the picture): RGB of one colour.
sub png {
	my ($width, $height, $colour, $more) = @_;
	$colour //= "\x40\x80\xc0";
	my $rows = ("\0" . $colour x $width) x $height;
	return png_of($width, $height, $rows, $more);
}

# noise(width, height): RGB that can't be packed, three bytes a pixel.
sub noise {
	my ($width, $height) = @_;
	open my $random, '<:raw', '/dev/urandom' or die "/dev/urandom: $!";
	return png_of($width, $height, join '', map {
		read $random, my $row, 3 * $width;
		"\0$row";
	} 1 .. $height);
}

sub png_of {
	my ($width, $height, $rows, $more) = @_;
	return "\x89PNG\r\n\x1a\n" .
	    png_chunk('IHDR', pack 'NNC5', $width, $height, 8, 2, 0, 0, 0) .
	    ($more // '') . png_chunk('IDAT', compress($rows)) .
	    png_chunk('IEND', '');
}

sub sample {
	my ($name) = @_;
	return Gesso::slurp(Gesso->root . "/t/fuzz/corpus/head/$name");
}

# film(name, width, height, seconds, frames a second, codec, rotation); undef
# where films are not built.
sub film {
	my ($name, @how) = @_;
	my $maker = Gesso->build . '/t/unit/media/film-make';
	my $dir = tempdir(CLEANUP => 1);
	return undef unless -x $maker;
	system($maker, "$dir/$name", @how) == 0 or die "film-make: $?";
	return Gesso::slurp("$dir/$name");
}

1;
